// `npm run site`: makes a page of the catalogue that comes in, and writes it to bookshop.html.
import { writeFileSync } from 'node:fs';
import { json } from 'node:stream/consumers';
import { shopPage, type Catalogue } from './pages/shop-page.ts';

const catalogue = (await json(process.stdin)) as Catalogue;
writeFileSync('bookshop.html', shopPage(catalogue));
console.log('bookshop.html is ready: open it in a browser');
