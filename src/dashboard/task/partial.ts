/** The answer that the model is giving just now, put together from deltas. Pure. */
import type { ModelDelta } from '../../contract/api.js';

export interface PartialTurn {
  readonly attempt: number;
  readonly turn: number;
  readonly call: number;
  /** In the answer's order. */
  readonly blocks: readonly PartialBlock[];
}

export interface PartialBlock {
  /** Its place in the answer. */
  readonly block: number;
  readonly kind: 'text' | 'tool';
  readonly tool: string;
  /** What came of it; where a piece was lost there is a gap mark. */
  readonly text: string;
  /** How many characters of the block are known to have been said. */
  readonly said: number;
}

const GAP = ' … ';

/** One delta more. Another call of the turn, or another turn, begins anew: what was there is never completed. */
export function addDelta(partial: PartialTurn | null, { data }: ModelDelta): PartialTurn {
  const { attempt, turn, call } = data;
  const isSame = partial?.turn === turn && partial.call === call;
  return { attempt, turn, call, blocks: withPiece(isSame ? partial.blocks : [], data) };
}

function withPiece(blocks: readonly PartialBlock[], piece: ModelDelta['data']): readonly PartialBlock[] {
  const { block, kind, tool = '' } = piece;
  const index = blocks.findIndex((known) => known.block === block);
  const known = blocks[index];
  if (known !== undefined) return blocks.with(index, grown(known, piece));
  const begun = grown({ block, kind, tool, text: '', said: 0 }, piece);
  return [...blocks, begun].sort((a, b) => a.block - b.block);
}

/** A piece may say again what is known (who comes late is told all so far), or come after one that was lost. */
function grown(known: PartialBlock, { offset, text }: ModelDelta['data']): PartialBlock {
  const again = Math.min(text.length, Math.max(0, known.said - offset));
  const gap = offset > known.said ? GAP : '';
  const said = Math.max(known.said, offset + text.length);
  return { ...known, text: known.text + gap + text.slice(again), said };
}

/** What is left to show of it beside the stored turns, the newest of which is `lastTurn`: a stored turn replaces it. */
export function stillPartial(partial: PartialTurn | null, lastTurn: number): PartialTurn | null {
  return partial !== null && partial.turn > lastTurn ? partial : null;
}
