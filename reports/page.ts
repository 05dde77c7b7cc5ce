import { htmlDocument } from '../pages/document.ts';
import { html, trusted, type Html } from '../pages/html.ts';
import { badge, facts, type Badge, type Fact } from '../pages/elements.ts';
import { styles } from '../pages/styles.ts';

export interface Page {
  title: string;
  /** The kind of report and the pipeline. */
  kicker: string;
  badge: Badge;
  heading: string;
  lead: string;
  facts: readonly Fact[];
  /** What comes between the lead and the facts. */
  figure?: Html;
  body: readonly Html[];
  footer: string;
}

/** A report as a self-contained document: no script, no request. */
export const page = (report: Page): string =>
  htmlDocument({
    title: report.title,
    kind: 'report',
    head: html`<meta name="robots" content="noindex" />
      <style>
        ${trusted(styles)}
      </style>`,
    body: html`<main>
        <header>
          <p class="kicker">${report.kicker} ${badge(report.badge)}</p>
          <h1>${report.heading}</h1>
          <p class="lead">${report.lead}</p>
          ${report.figure ?? null} ${facts(report.facts)}
        </header>
        ${report.body}
      </main>
      <footer><p>${report.footer}</p></footer>`,
  });
