/** The answer that the model is streaming, put together from deltas. Pure. */
import type { ModelDelta } from '../../contract/api.js';

export interface PartialTurn {
  readonly attempt: number;
  readonly turn: number;
  readonly call: number;
  /** In the order of the answer. */
  readonly blocks: readonly PartialBlock[];
}

export interface PartialBlock {
  /** Its index in the answer. */
  readonly block: number;
  readonly kind: 'text' | 'tool';
  readonly tool: string;
  /** The received text; a mark stands where a delta was lost. */
  readonly text: string;
  /** The offset after the last received character of the block. */
  readonly end: number;
}

const GAP = ' … ';

/** Adds one delta. A delta of another call or turn starts over: the call before it will not be completed. */
export function addDelta(partial: PartialTurn | null, { data }: ModelDelta): PartialTurn {
  const { attempt, turn, call } = data;
  const isSame = partial?.turn === turn && partial.call === call;
  return { attempt, turn, call, blocks: mergeDelta(isSame ? partial.blocks : [], data) };
}

function mergeDelta(blocks: readonly PartialBlock[], delta: ModelDelta['data']): readonly PartialBlock[] {
  const { block, kind, tool = '' } = delta;
  const index = blocks.findIndex((known) => known.block === block);
  const known = blocks[index];
  if (known !== undefined) return blocks.with(index, appendText(known, delta));
  const added = appendText({ block, kind, tool, text: '', end: 0 }, delta);
  return [...blocks, added].sort((a, b) => a.block - b.block);
}

/** A delta may repeat known text (a late client gets everything so far) or follow one that was lost. */
function appendText(known: PartialBlock, { offset, text }: ModelDelta['data']): PartialBlock {
  const repeated = Math.min(text.length, Math.max(0, known.end - offset));
  const gap = offset > known.end ? GAP : '';
  const end = Math.max(known.end, offset + text.length);
  return { ...known, text: known.text + gap + text.slice(repeated), end };
}

/** The partial turn, or null once its turn is stored. @param lastTurn the number of the newest stored turn */
export function unstoredPartial(partial: PartialTurn | null, lastTurn: number): PartialTurn | null {
  return partial !== null && partial.turn > lastTurn ? partial : null;
}
