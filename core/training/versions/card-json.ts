import { unescapeHtml } from '../../base/html-entities.ts';

/** Where a card keeps its facts for programs; no browser shows it. */
export const CARD_JSON = 'model-card-json';

/** A card's facts for programs; null in a card of an earlier release. */
export function cardJsonIn(html: string): unknown {
  const [, text] = new RegExp(`<template id="${CARD_JSON}">([^<]*)</template>`).exec(html) ?? [];
  return text === undefined ? null : (JSON.parse(unescapeHtml(text)) as unknown);
}
