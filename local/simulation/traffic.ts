import { type Row } from '../../core/data/data.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';

const MOST_AT_ONCE = 500;

/** What the application would send for a row: the declared columns it knows, with the row's key, time and entity. */
export function requestFor({ source, columns }: Pipeline, values: Row): Row {
  const { key, time, entity = key } = source;
  const sent = [key, time, entity, ...Object.keys(columns)].filter((name) => name in values);
  return Object.fromEntries(sent.map((name) => [name, values[name] ?? null]));
}

/** Asks the prediction server about rows, as an application would; returns how many it answered. */
export async function sendTraffic(serverUrl: string, pipeline: Pipeline, rows: Row[]): Promise<number> {
  let answered = 0;
  for (let start = 0; start < rows.length; start += MOST_AT_ONCE) {
    const batch = rows.slice(start, start + MOST_AT_ONCE).map((values) => requestFor(pipeline, values));
    const response = await fetch(`${serverUrl}/predict/${pipeline.name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rows: batch }),
    });
    if (!response.ok) throw new Error(`The prediction server answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer(); // read, so that the connection is free again
    answered += batch.length;
  }
  return answered;
}
