import { qualityReport } from '../../reports/quality-report.ts';
import { aQualityReport } from './fixtures.ts';
import { isGolden, standsAlone, textOf } from './golden.ts';
import assert from 'node:assert/strict';

describe('quality report', () => {
  it('looks as it did for a published snapshot', () => {
    const html = qualityReport(aQualityReport());
    standsAlone(html);
    isGolden('quality-published', html);
  });

  it('looks as it did for a quarantined snapshot', () => {
    const html = qualityReport(aQualityReport(true));
    standsAlone(html);
    isGolden('quality-quarantined', html);
  });

  it('puts what was not met first, with what was allowed and what was seen', () => {
    const page = textOf(qualityReport(aQualityReport(true)));
    assert.match(page, /quarantined 4 of 23 expectations not met/);
    assert.match(
      page,
      /Observed the snapshot ■ not met duplicate keys none 12 of 86,410 rows \(0\.01 %\) amount ■ not met values below the minimum at least 0 3 of 86,410 rows \(&lt;0\.01 %\)/,
    );
  });

  it('says that all is well when it is', () => {
    assert.match(textOf(qualityReport(aQualityReport())), /published All 23 expectations met/);
  });

  it('says how many rows of the source are left out, since they have no time', () => {
    const leftOut = { withoutTime: 30, older: 1_200, from: '2026-01-01T00:00:00.000Z' };
    const told = (changes: Partial<typeof leftOut | { older: null }>): string =>
      textOf(qualityReport({ ...aQualityReport(), leftOut: { ...leftOut, ...changes } }));
    assert.match(told({}), /Left out 30 rows of the source, without a time/);
    assert.match(told({}), /Left out 1,200 rows of the source, from before 2026-01-01 00:00 UTC, where the declared history of 30 days begins/); // prettier-ignore
    assert.match(told({ older: null }), /Left out not counted what the source has from before 2026-01-01 00:00/);
    assert.doesNotMatch(told({ withoutTime: 0, older: 0 }), /Left out/);
    assert.doesNotMatch(textOf(qualityReport(aQualityReport())), /Left out/);
  });

  it('marks levels that were not declared, and escapes them', () => {
    const html = qualityReport(aQualityReport(true));
    assert.match(html, /&lt;b&gt;watch&lt;\/b&gt; <small class="over">▲ not declared/);
    assert.doesNotMatch(html, /<b>watch/);
  });

  it('holds for a snapshot without rows', () => {
    const report = aQualityReport();
    const columns = report.summary.columns.map((column) => ({
      ...column,
      rows: 0,
      nulls: 0,
      min: null,
      max: null,
      mean: null,
      levels: [],
    }));
    const summary = { ...report.summary, rows: 0, duplicateKeys: 0, oldest: null, newest: null, columns };
    const html = qualityReport({ ...report, summary });
    standsAlone(html);
    assert.match(textOf(html), /Rows from no rows/);
  });
});
