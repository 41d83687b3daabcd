/** The styles of a report, for light and dark colour schemes, narrow screens and paper. */
export const STYLE = `
:root {
  --paper: #fff; --ink: #1c1e21; --quiet: #5c6370; --line: #d9dce1; --soft: #f5f6f8;
  --good: #176639; --bad: #b42318; --wait: #8a5a00; --accent: #1f5fbf;
  --added: #e4f5e9; --removed: #fdeae8; --model: #3c78d8; --test: #2f9e64; --waiting: #c9ced6;
  --command: #5b7590; --person: #d98e04; --merge: #8a5cd1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --ink: #e6e8eb; --quiet: #a3abb8; --line: #363b44; --soft: #1f2228;
    --good: #6fd39a; --bad: #ff9a8f; --wait: #f0c060; --accent: #8db8ff;
    --added: #17382455; --removed: #4a1d1a88; --model: #5b93ef; --test: #48b97d; --waiting: #4a505b;
    --command: #8fa8c4; --person: #e0a53a; --merge: #a984e6;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.75rem; } h2 { margin: 2.25rem 0 .5rem; font-size: 1.25rem; }
h3 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
p { margin: .25rem 0; } a { color: var(--accent); }
.kind, .meta, footer, time { color: var(--quiet); } .kind { font-size: .85rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere; }
pre { margin: .5rem 0; padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--soft);
  white-space: pre-wrap; tab-size: 4; }
.status { display: inline-block; padding: 0 .5em; border: 1px solid currentColor; border-radius: 1em; font-size: .8rem;
  font-weight: 600; line-height: 1.5; vertical-align: middle; color: var(--quiet); }
.status.completed, .passed { color: var(--good); } .status.failed, .status.cancelled, .red, .error { color: var(--bad); }
.status.blocked, .status.paused, .status.skipped { color: var(--wait); } .passed, .red { font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.facts div { padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 6px; }
dt { color: var(--quiet); font-size: .85rem; } dd { margin: 0; overflow-wrap: anywhere; }
.questions dt { color: inherit; font-size: 1rem; font-weight: 600; } .questions dd { margin: 0 0 .75rem; }
.questions .said { white-space: pre-wrap; }
.wide { overflow-x: auto; } table { width: 100%; border-collapse: collapse; }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-size: .85rem; color: var(--quiet); } td { font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
.prose { white-space: pre-wrap; overflow-wrap: anywhere; }
.task { border-top: 2px solid var(--line); margin-top: 2rem; } .task > h2 { margin-top: 1rem; }
.verdicts { margin: 0; padding-left: 1.4rem; } summary { cursor: pointer; margin-top: 1rem; font-weight: 600; }
.verdicts summary { margin-top: .25rem; font-weight: 400; color: var(--quiet); }
.diff span { display: block; margin: 0 -.8rem; padding: 0 .8rem; } .diff .added { background: var(--added); }
.diff .removed { background: var(--removed); } .diff .file { font-weight: 600; } .diff .hunk { color: var(--quiet); }
.timeline { width: 100%; height: auto; } .timeline text { fill: var(--ink); font-size: 11px; }
.timeline .end { fill: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; color: var(--quiet); font-size: .85rem; }
.legend i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; border-radius: 2px; }
.model { fill: var(--model); } i.model { background: var(--model); } .test { fill: var(--test); } i.test { background: var(--test); }
.command { fill: var(--command); } i.command { background: var(--command); }
.wait { fill: var(--waiting); } i.wait { background: var(--waiting); } .person { fill: var(--person); }
i.person { background: var(--person); } .merge { fill: var(--merge); } i.merge { background: var(--merge); }
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --soft: #fff; --added: #e8f3ea; --removed: #f8e8e6;
    --good: #14532d; --bad: #8c1d13; --wait: #6b4600; --accent: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; }
  h2, h3, summary { break-after: avoid; } tr, .facts div, .questions dt { break-inside: avoid; }
}
`;
