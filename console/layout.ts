import { hash53 } from '../core/base/hash-53.ts';
import { htmlDocument } from '../pages/document.ts';
import { type Scope } from '../core/access/scopes.ts';
import { html, trusted, type Html } from '../pages/html.ts';

/** A part of a page that is resent when it changes. */
export interface Section {
  id: string;
  heading: string;
  content: Html;
}

/** The content of a page; `facts` is the same as JSON. */
export interface Page {
  title: string;
  /** The way back, from the start page on. */
  crumbs: readonly { title: string; url: string }[];
  sections: readonly Section[];
  facts: unknown;
  /** It needs the script, though it does not change by itself. */
  scripted?: true;
  /** Where to send the browser at once. */
  onward?: string;
}

export interface Frame {
  /** The page's own address; null for one that does not change by itself. */
  live: string | null;
  flash: string | null;
  /** Whether there is a session to leave. */
  session: boolean;
  /** Who reads it; null: nobody that is known by name. */
  name: string | null;
  /** Whether a simulated clock runs. */
  simulated: boolean;
  /** What they may do: the buttons of all else are not shown. */
  scopes: readonly Scope[];
}

export const assets = { styles: '/console/console.css', script: '/console/live.js' };

/** A section with a hash of its content, so the page replaces only sections that changed. */
export function renderSection({ id, heading, content }: Section): { id: string; mark: string; markup: string } {
  const mark = String(hash53(content.markup));
  const { markup } = html`<section id="${id}" data-mark="${mark}" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${heading}</h2>
    ${content}
  </section>`;
  return { id, mark, markup };
}

/** A whole document, which works without its script. */
export const renderPage = (page: Page, { live, flash, session, name, scopes, simulated }: Frame): string =>
  htmlDocument({
    title: `${page.title} - Perennial`,
    kind: 'console',
    head: html`<link rel="icon" href="data:," />
      <link rel="stylesheet" href="${assets.styles}" />
      ${page.onward === undefined ? null : html`<meta http-equiv="refresh" content="0; url=${page.onward}" />`}
      ${live === null && !page.scripted ? null : html`<script src="${assets.script}" defer></script>`}`,
    body: html`<a class="skip" href="#main">Skip to content</a>
      <header>
        <nav aria-label="Perennial">
          <a class="brand" href="/">Perennial</a>
          <a href="/alerts">Alerts</a>
          ${scopes.includes('admin') ? html`<a href="/keys">Keys</a>` : null}
          <a href="/docs">API</a>
          <span class="live" data-live-state role="status"></span>
          ${name === null ? null : html`<span class="soft">${name}</span>`}
          ${session ? html`<form method="post" action="/logout"><button>Leave</button></form>` : null}
        </nav>
        ${
          page.crumbs.length === 0
            ? null
            : html`<nav class="crumbs" aria-label="Way back">
                ${page.crumbs.map(({ title, url }) => html`<a href="${url}">${title}</a> <span aria-hidden="true">/</span>`)}
              </nav>`
        }
        <h1>${page.title}</h1>
        ${simulated ? html`<p class="soft">Times are simulated, except those of runs, schedules, messages, keys and what people did.</p>` : null}
      </header>
      <main
        id="main"
        class="${scopes.includes('operate') ? 'acts' : 'reads'}"
        ${live === null ? null : trusted(`data-live="/events?page=${encodeURIComponent(live)}"`)}
      >
        ${flash === null ? null : html`<p class="flash" role="status">${flash}</p>`}
        ${page.sections.map((section) => trusted(renderSection(section).markup))}
      </main>`,
  });

/** The page of a failure. */
export const failurePage = (title: string, message: string): Page => ({
  title,
  crumbs: [{ title: 'All pipelines', url: '/' }],
  sections: [{ id: 'failure', heading: 'What happened', content: html`<p class="message">${message}</p>` }],
  facts: null,
});
