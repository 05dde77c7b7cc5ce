import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

/** Compares with the file of that name in test/golden/reports; UPDATE_GOLDEN=1 writes it instead. */
export function isGolden(name: string, html: string): void {
  const file = new URL(`../golden/reports/${name}.html`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(file, html);
    return;
  }
  assert.equal(html, readFileSync(file, 'utf8'), `${name}.html changed; look at it, then run with UPDATE_GOLDEN=1`);
}

/** What every report promises: it stands alone, makes no request, and can be read without seeing colours or drawings. */
export function standsAlone(html: string): void {
  lacks(html, /<script|javascript:| on[a-z]+=/i);
  lacks(html, /https?:\/\/|@import|url\(|<link|<img|<iframe/i);
  lacks(html, /undefined|NaN|\[object|Infinity/);
  has(html, /^<!doctype html>\s*<html lang="en">/);
  has(html, /<title>[^<]+<\/title>/);
  assert.equal(html.match(/<h1>/g)?.length, 1);
  assert.equal(html.match(/<table>/g)?.length, html.match(/<caption>/g)?.length);
  for (const svg of html.match(/<svg[^>]*>/g) ?? []) has(svg, /aria-hidden="true"/);
  // Two side by side are one drawing, of which a part stays where the other scrolls.
  assert.equal(
    html.replace(/<\/svg>\s*<svg/g, '').match(/<svg/g)?.length,
    html.match(/role="img" aria-label="[^"]{10,}"/g)?.length,
  );
}

// assert.match would print the whole page.
function lacks(html: string, pattern: RegExp): void {
  const at = html.search(pattern);
  assert.ok(at === -1, `${pattern} is in the page: ...${html.slice(Math.max(0, at - 60), at + 60)}...`);
}
const has = (html: string, pattern: RegExp): void =>
  assert.ok(pattern.test(html), `${pattern} is not in ${html.slice(0, 200)}...`);

/** The words of a page, as one line. */
export const textOf = (html: string): string =>
  html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
