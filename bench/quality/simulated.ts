import { text } from '../../adapters/duckdb/sql.ts';
import { readColumns, type Columns } from '../../core/columns/index.ts';
import { type PipelineInput, parsePipeline } from '../../core/declaration/pipeline.ts';
import { type Simulation } from '../../core/sources/simulation.ts';
import { DAY, instant } from '../../core/time/time.ts';
import airQuality from '../../pipelines/air-quality.ts';
import airQualitySimulation from '../../pipelines/air-quality/simulation.ts';
import fraud from '../../pipelines/fraud.ts';
import fraudSimulation from '../../pipelines/fraud/simulation.ts';
import { category, number, type DataSet } from './data-set.ts';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';

const FROM = Date.parse('2026-01-05T00:00:00Z');
const DAYS = 14;

export const simulated: Record<string, DataSet> = {
  fraud: dataSetOf(fraud, fraudSimulation),
  'air quality': dataSetOf(airQuality, airQualitySimulation),
};

/** What an example's own world brings in two weeks, each row with the label that it will have. */
function dataSetOf(declaration: PipelineInput, { create, perDay }: Simulation): DataSet {
  const { source, label, columns: declared } = parsePipeline(declaration, 'an example');
  const read = readColumns(declared);
  const columns: Columns = {
    ...Object.fromEntries(read.map(([name, { kind }]) => [name, kind === 'number' ? number() : category()])),
    hour: number(),
  };
  function* lines(seed: number): Generator<string> {
    const world = create({ seed, perDay, driftSince: null });
    for (const { row, facts } of world.between(instant(FROM), instant(FROM + DAYS * DAY))) {
      const fact = facts.at(-1)?.values[label.facts!.value ?? label.name];
      if (fact === undefined && label.whenAbsent === undefined) continue;
      const hour = new Date(String(row.values[source.time])).getUTCHours();
      const values = Object.fromEntries(read.map(([name]) => [name, row.values[name] ?? null]));
      yield `${JSON.stringify({ ...values, hour, label: Number(fact ?? label.whenAbsent) })}\n`;
    }
  }
  return {
    columns,
    label: label.kind === 'number' ? 'number' : 'binary',
    inTime: true,
    async write(connection, seed, { folder }) {
      const file = join(folder, 'simulated.ndjson');
      await pipe(Readable.from(lines(seed)), createWriteStream(file));
      await connection.run(
        `create or replace table whole as select *, row_number() over () - 1 as i from read_json(${text(file)}, format = 'newline_delimited')`,
      );
    },
  };
}
