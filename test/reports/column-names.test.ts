import { driftReport } from '../../reports/drift/drift-report.ts';
import { modelCard } from '../../reports/card/model-card.ts';
import { qualityReport } from '../../reports/quality-report.ts';
import { aDriftReport, aModelCard, aQualityReport } from './fixtures.ts';
import assert from 'node:assert/strict';

/** The same report about columns with other names. */
const renamed = <Report>(report: Report, from: string, to: string): Report =>
  JSON.parse(JSON.stringify(report).replaceAll(JSON.stringify(from), () => JSON.stringify(to))) as Report;

describe('reports about columns of odd names', () => {
  const reports = (to: string): string[] => [
    driftReport(renamed(aDriftReport(), 'amount', to)),
    qualityReport(renamed(aQualityReport(true), 'amount', to)),
    modelCard(renamed(aModelCard(), 'amount', to)),
  ];

  it('escape a name that is HTML', () => {
    for (const html of reports('<img src="x" onerror=\'alert(1)\'>')) {
      assert.doesNotMatch(html, /<img/);
      assert.match(html, /&lt;img src=/);
    }
  });

  it('take a name that every object inherits', () => {
    for (const name of ['constructor', 'toString'])
      for (const html of reports(name)) {
        assert.match(html, new RegExp(name));
        assert.doesNotMatch(html, /native code|NaN/);
      }
  });
});
