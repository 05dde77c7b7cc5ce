import { type Likely } from '../core/performance/estimate.ts';
import { type Instant } from '../core/time/time.ts';
import { decimal, moment } from './format.ts';
import { html, type Html } from './html.ts';

/** A word with a sign, so colour is never the only cue. */
export interface Badge {
  tone: 'good' | 'warn' | 'bad' | 'plain';
  text: string;
}

const signs = { good: '\u2713', warn: '\u25b2', bad: '\u25a0', plain: '\u25cb' };

export const badge = ({ tone, text }: Badge): Html => html`<span class="badge ${tone}">${signs[tone]} ${text}</span>`;

export interface Fact {
  name: string;
  value: string | Html;
  detail?: string;
}

/** Names and values; null is omitted. */
export const facts = (all: readonly (Fact | null)[]): Html =>
  html`<dl class="facts">
    ${all
      .filter((fact) => fact !== null)
      .map(
        ({ name, value, detail }) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}${detail === undefined ? null : html`<small>${detail}</small>`}</dd>
          </div>`,
      )}
  </dl>`;

/** From one time to another, with a line break only between them. */
export const period = (from: Instant, to: Instant): Html =>
  html`<span class="unbroken">${moment(from).replace(' UTC', '')}</span> to
    <span class="unbroken">${moment(to)}</span>`;

/** Ids are for copying into a command: monospaced, wrapped if necessary. */
export const id = (text: string): Html => html`<span class="id">${text}</span>`;

/** An estimate over its range. */
export const likelyCell = ({ value, low, high }: Likely): Html =>
  html`${decimal(value, 4)}<br /><small>${decimal(low, 4)} to ${decimal(high, 4)}</small>`;
