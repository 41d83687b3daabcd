/** Who worked when, as a drawing: a line for each task, a bar for each span. Pure. */
import type { Span, SpanKind } from '../../contract/api.js';
import { formatDuration, formatShort } from '../../shared/format.js';
import { html, type Html } from './html.js';
import type { RunStory } from './run-story.js';

/** In the units of the drawing, which is scaled to the page. */
const WIDTH = 1_000;
const NAMES = 220;
const LINE = 18;
const BAR = 12;
/** Characters of a title that fit beside its line. */
const TITLE = 34;
/** The narrowest bar that can be seen. */
const THINNEST = 1.5;

const KINDS: Readonly<Record<SpanKind, string>> = {
  model: 'the model',
  test: 'tests',
  wait: 'waiting',
  person: 'a person’s answer',
  merge: 'landing',
};

/** The drawing, with its legend. What goes on still ends now. */
export function timelineChart({ graph, spans }: RunStory, now: Date): Html {
  const end = Date.parse(graph.finishedAt ?? now.toISOString());
  const start = Date.parse(graph.startedAt);
  const scale = (WIDTH - NAMES) / Math.max(1, end - start);
  const place = (at: number) => NAMES + (Math.min(Math.max(at, start), end) - start) * scale;
  const rows = graph.tasks.map(({ id, title }, index) => {
    const bars = spans
      .filter((span) => span.taskId === id)
      .map((span) => bar(span, index * LINE, place, end));
    return html`<text x="0" y="${index * LINE + BAR}">${shortened(title)}</text>${bars} `;
  });
  const height = graph.tasks.length * LINE;
  return html`<p class="legend">
      ${Object.entries(KINDS).map(([kind, name]) => html`<span><i class="${kind}"></i>${name}</span> `)}
    </p>
    <svg
      class="timeline"
      viewBox="0 0 ${WIDTH} ${height + LINE}"
      role="img"
      aria-label="${`Timeline of ${formatDuration(end - start)}`}"
    >
      ${rows}
      <text class="end" x="${NAMES}" y="${height + BAR}">0s</text>
      <text class="end" x="${WIDTH}" y="${height + BAR}" text-anchor="end">
        ${formatDuration(end - start)}
      </text>
    </svg>`;
}

function bar(span: Span, y: number, place: (at: number) => number, now: number): Html {
  const from = Date.parse(span.startedAt);
  const to = span.endedAt === null ? now : Date.parse(span.endedAt);
  const x = place(from);
  const width = Math.max(THINNEST, place(to) - x);
  return html`<rect
    class="${span.kind}"
    x="${x.toFixed(1)}"
    y="${y + 2}"
    width="${width.toFixed(1)}"
    height="${BAR}"
    ><title>${KINDS[span.kind]}: ${span.label}, ${formatShort(to - from)}</title></rect
  >`;
}

function shortened(title: string): string {
  const characters = Array.from(title);
  return characters.length <= TITLE ? title : `${characters.slice(0, TITLE - 1).join('')}…`;
}
