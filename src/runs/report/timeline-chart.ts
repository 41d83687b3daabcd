/** The timeline of a run as an SVG: one row for each task, one bar for each span. Pure. */
import type { Span } from '../../contract/api.js';
import { formatDuration, formatShort } from '../../shared/words/format.js';
import { SPAN_KIND_NAMES } from '../../shared/words/span-kind-names.js';
import { html, type Html } from './html.js';
import type { RunReport } from './run-report.js';

/** In SVG units; the chart is scaled to the page. */
const WIDTH = 1_000;
const LABEL_WIDTH = 220;
const ROW_HEIGHT = 18;
const BAR_HEIGHT = 12;
/** Characters of a title that fit into LABEL_WIDTH. */
const MAX_TITLE_CHARS = 34;
/** Narrower bars would be invisible. */
const MIN_BAR_WIDTH = 1.5;

/** The chart with its legend. Open spans end now. */
export function timelineChart({ graph, spans }: RunReport, now: Date): Html {
  const end = Date.parse(graph.finishedAt ?? now.toISOString());
  const start = Date.parse(graph.startedAt);
  const scale = (WIDTH - LABEL_WIDTH) / Math.max(1, end - start);
  const xOf = (at: number) => LABEL_WIDTH + (Math.min(Math.max(at, start), end) - start) * scale;
  const rows = graph.tasks.map(({ id, title }, index) => {
    const bars = spans
      .filter((span) => span.taskId === id)
      .map((span) => bar(span, index * ROW_HEIGHT, xOf, end));
    return html`<text x="0" y="${index * ROW_HEIGHT + BAR_HEIGHT}">${truncate(title)}</text>${bars} `;
  });
  const height = graph.tasks.length * ROW_HEIGHT;
  return html`<p class="legend">
      ${Object.entries(SPAN_KIND_NAMES).map(([kind, name]) => html`<span><i class="${kind}"></i>${name}</span> `)}
    </p>
    <svg
      class="timeline"
      viewBox="0 0 ${WIDTH} ${height + ROW_HEIGHT}"
      role="img"
      aria-label="${`Timeline of ${formatDuration(end - start)}`}"
    >
      ${rows}
      <text class="end" x="${LABEL_WIDTH}" y="${height + BAR_HEIGHT}">0s</text>
      <text class="end" x="${WIDTH}" y="${height + BAR_HEIGHT}" text-anchor="end">
        ${formatDuration(end - start)}
      </text>
    </svg>`;
}

function bar(span: Span, y: number, xOf: (at: number) => number, now: number): Html {
  const from = Date.parse(span.startedAt);
  const to = span.endedAt === null ? now : Date.parse(span.endedAt);
  const x = xOf(from);
  const width = Math.max(MIN_BAR_WIDTH, xOf(to) - x);
  return html`<rect
    class="${span.kind}"
    x="${x.toFixed(1)}"
    y="${y + 2}"
    width="${width.toFixed(1)}"
    height="${BAR_HEIGHT}"
    ><title>${SPAN_KIND_NAMES[span.kind]}: ${span.label}, ${formatShort(to - from)}</title></rect
  >`;
}

function truncate(title: string): string {
  const characters = Array.from(title);
  return characters.length <= MAX_TITLE_CHARS
    ? title
    : `${characters.slice(0, MAX_TITLE_CHARS - 1).join('')}…`;
}
