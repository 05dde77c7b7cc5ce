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

/** What every report promises: it stands alone, is light and says what it is. */
export function standsAlone(html: string): void {
  assert.doesNotMatch(html, /<script/i);
  assert.doesNotMatch(html.replaceAll('http://www.w3.org/2000/svg', ''), /https?:\/\/|@import|url\(|<link|<img/i);
  assert.match(html, /^<!doctype html>\n<html lang="en">/);
  assert.match(html, /<title>[^<]+<\/title>/);
  assert.equal(html.match(/<h1>/g)?.length, 1);
  assert.equal(html.match(/<table>/g)?.length, html.match(/<caption>/g)?.length);
  assert.doesNotMatch(html, /undefined|NaN|\[object|Infinity/);
  for (const svg of html.match(/<svg[^>]*>/g) ?? []) assert.match(svg, /aria-hidden="true"/);
  for (const [, words] of html.matchAll(/role="img" aria-label="([^"]*)"/g)) assert.ok(words!.length > 10);
}

/** The words of a page, as one line. */
export const textOf = (html: string): string =>
  html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
