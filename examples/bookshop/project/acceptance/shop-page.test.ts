// About shop/pages/shop-page.ts
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { shopPage } from '../shop/pages/shop-page.ts';
import { aBook } from '../tests/support/book.ts';

const catalogue = {
  shelves: [
    { subject: 'Nature & Garden', books: [aBook({ title: 'Moss & Stone', inStock: false })] },
    { subject: 'Science', books: [aBook(), aBook({ title: 'How Rivers Decide' })] },
  ],
};

describe('the page of the shop', () => {
  it('is a whole page in a language', () => {
    const html = shopPage(catalogue);
    assert.match(html, /^<!doctype html>\n<html lang="en">/);
    assert.match(html, /<title>The bookshop<\/title>/);
  });

  it('has a headed section for each shelf, in the order given', () => {
    const headings = [...shopPage(catalogue).matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, heading]) => heading);
    assert.deepEqual(headings, ['Nature &amp; Garden', 'Science']);
  });

  it('has a card for each book', () => {
    const titles = [...shopPage(catalogue).matchAll(/<h3>(.*?)<\/h3>/g)].map(([, title]) => title);
    assert.deepEqual(titles, ['Moss &amp; Stone', 'Small Numbers', 'How Rivers Decide']);
  });

  it('says so when there is nothing to show', () => {
    assert.match(shopPage({ shelves: [] }), /No book was found/);
  });

  it('can be built with `npm run site`', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    assert.match(scripts.site, /python3 -m catalogue/);
    assert.match(scripts.site, /shop\/site\.ts/);
    assert.match(scripts.test, /tools\/test\.mjs/);
  });
});
