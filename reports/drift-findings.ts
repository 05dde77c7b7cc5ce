import { type RedactedPipeline, type RedactedVerdict } from '../core/declaration/redaction.ts';
import { findingsOf, type Finding } from '../core/drift/findings/index.ts';
import { html, nothing, type Html } from '../pages/html.ts';
import { table } from '../pages/table.ts';

/** What kinds of change there are, and what each leads to. */
export function findingsSection(verdict: RedactedVerdict, { drift }: RedactedPipeline): Html {
  const findings = findingsOf(verdict, drift);
  if (findings.length === 0) return nothing;
  return html`<section>
    <h2>What kind of change</h2>
    ${table<Finding>(
      'Each kind has its own consequence.',
      [
        { head: 'Kind', cell: ({ title }) => title },
        { head: 'Found', words: true, cell: ({ says }) => says },
        { head: 'What follows', words: true, cell: ({ follows }) => follows },
      ],
      findings,
    )}
  </section>`;
}
