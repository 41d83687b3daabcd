import type { Book } from '../book.ts';
import { escapeHtml } from '../html.ts';
import { bookCard } from './book-card.ts';

/** What `python3 -m catalogue` prints. */
export interface Catalogue {
  readonly shelves: readonly Shelf[];
}

interface Shelf {
  readonly subject: string;
  readonly books: readonly Book[];
}

const STYLE = `
  body { margin: 0 auto; max-width: 64rem; padding: 2rem; font-family: Georgia, serif; color: #2b2622; background: #faf6ef; }
  h1 { font-weight: normal; letter-spacing: 0.04em; }
  h2 { margin: 2.5rem 0 0; padding-bottom: 0.4rem; border-bottom: 6px solid #b58a5a; }
  .shelf { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1rem; padding-top: 1rem; }
  .book { padding: 1rem; background: #fff; border: 1px solid #e4d9c8; border-left: 6px solid #7b4b3a; }
  .book h3 { margin: 0 0 0.3rem; font-size: 1.05rem; }
  .book p { margin: 0.2rem 0; }
  .author { font-style: italic; }
  .sold-out { color: #9a8f84; }
  button { font: inherit; }
`;

/** The whole page of the shop: a section for each shelf, a card for each book. */
export function shopPage({ shelves }: Catalogue): string {
  const content = shelves.length === 0 ? '<p>No book was found.</p>' : shelves.map(section).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The bookshop</title>
<style>${STYLE}</style>
</head>
<body>
<h1>The bookshop</h1>
${content}
</body>
</html>
`;
}

function section({ subject, books }: Shelf): string {
  return `<section>
<h2>${escapeHtml(subject)}</h2>
<div class="shelf">
${books.map(bookCard).join('\n')}
</div>
</section>`;
}
