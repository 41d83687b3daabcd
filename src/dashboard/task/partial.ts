/** The answer that the model is giving just now, put together from deltas. Pure. */
import type { ModelDelta } from '../../api-types.js';

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
  readonly text: string;
}

/** One delta more. Another call of the turn, or another turn, begins anew: what was there is never completed. */
export function addDelta(partial: PartialTurn | null, { data }: ModelDelta): PartialTurn {
  const { attempt, turn, call } = data;
  const isSame = partial?.turn === turn && partial.call === call;
  return { attempt, turn, call, blocks: withPiece(isSame ? partial.blocks : [], data) };
}

function withPiece(blocks: readonly PartialBlock[], piece: ModelDelta['data']): readonly PartialBlock[] {
  const { block, kind, tool = '', text } = piece;
  const index = blocks.findIndex((known) => known.block === block);
  const known = blocks[index];
  if (known === undefined) return [...blocks, { block, kind, tool, text }].sort((a, b) => a.block - b.block);
  return blocks.with(index, { ...known, text: known.text + text });
}

/** What is left to show of it beside the stored turns, the newest of which is `lastTurn`: a stored turn replaces it. */
export function stillPartial(partial: PartialTurn | null, lastTurn: number): PartialTurn | null {
  return partial !== null && partial.turn > lastTurn ? partial : null;
}
