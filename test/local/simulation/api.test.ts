import { type Row } from '../../../core/data/data.ts';
import { parsePipeline } from '../../../core/declaration/pipeline.ts';
import { type Simulation } from '../../../core/sources/simulation.ts';
import { HOUR, instant } from '../../../core/time/time.ts';
import { type Moods, serveSimulation, type SimulatedApi } from '../../../local/simulation/api.ts';
import airQuality from '../../../pipelines/air-quality.ts';
import simulation from '../../../pipelines/air-quality/simulation.ts';
import assert from 'node:assert/strict';

const pipeline = parsePipeline(airQuality, 'air-quality.ts');
const DAY = '2026-01-10T00:00:00.000Z';
const STATIONS = 100;
const calm: Moods = { slow: 0, slowMs: 0, unavailable: 0 };
const options = { seed: 7, perDay: STATIONS * 24, driftSince: null, moods: calm };

interface Page {
  data: Row[];
  next: string | null;
}

describe('a simulated API', () => {
  let shown = Date.parse(DAY);
  const open: SimulatedApi[] = [];
  const serve = async (moods: Moods = calm): Promise<SimulatedApi> => {
    const api = await serveSimulation(simulation as Simulation, pipeline, {
      ...options,
      moods,
      now: () => new Date(shown),
    });
    open.push(api);
    return api;
  };
  const ask = async (api: SimulatedApi, path: string, query: Record<string, string>): Promise<Response> =>
    fetch(`${api.url}${path}?${new URLSearchParams(query).toString()}`);
  const hours = (n: number): string => instant(Date.parse(DAY) + n * HOUR);
  async function all(api: SimulatedApi, path: string, from: string, to: string, limit: number): Promise<Row[]> {
    const rows: Row[] = [];
    for (let cursor: string | null = '0'; cursor !== null;) {
      const page = (await (await ask(api, path, { from, to, limit: String(limit), cursor })).json()) as Page;
      assert.ok(page.data.length <= limit);
      rows.push(...page.data);
      cursor = page.next;
    }
    return rows;
  }

  afterEach(async () => {
    shown = Date.parse(DAY);
    await Promise.all(open.splice(0).map(({ source }) => source.close()));
  });

  it('gives the rows of a stretch of time once, whatever the size of its pages', async () => {
    const api = await serve();
    const small = await all(api, '/readings', hours(-24), hours(-12), 7);
    assert.equal(small.length, STATIONS * 12);
    assert.equal(new Set(small.map((row) => row['reading_id'])).size, small.length);
    assert.deepEqual(await all(api, '/readings', hours(-24), hours(-12), 1_000), small);
    for (const row of small)
      assert.ok(String(row['measured_at']) >= hours(-24) && String(row['measured_at']) < hours(-12));
  });

  it('gives a reading only when it has arrived, which for some is hours late', async () => {
    const api = await serve();
    const early = await all(api, '/readings', hours(-48), hours(0), 1_000);
    shown = Date.parse(hours(4));
    const later = await all(api, '/readings', hours(-48), hours(0), 1_000);
    assert.ok(early.length < later.length);
    assert.equal(later.length, STATIONS * 48);
  });

  it("gives outcomes by when they were observed: the next day's reading of the same station", async () => {
    const api = await serve();
    const outcomes = await all(api, '/outcomes', hours(-24), hours(-12), 1_000);
    const readings = await all(api, '/readings', hours(-28), hours(-6), 1_000);
    const [first] = outcomes;
    const [, station, hour] = /^(station-\d+)-(\d+)$/.exec(String(first?.['reading_id'])) ?? [];
    const dayLater = readings.find((row) => row['reading_id'] === `${station}-${Number(hour) + 24}`);
    assert.equal(dayLater?.['pm25'], first?.['pm25']);
  });

  it('is sometimes unavailable, and says when to come back', async () => {
    const api = await serve({ ...calm, unavailable: 1 });
    const response = await ask(api, '/readings', { from: hours(-2), to: hours(0) });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '1');
  });

  it('refuses what it does not understand', async () => {
    const api = await serve();
    assert.equal((await ask(api, '/readings', { from: 'yesterday', to: hours(0) })).status, 400);
    assert.equal((await ask(api, '/nothing', { from: hours(-2), to: hours(0) })).status, 404);
  });

  it('behaves differently from the drift on, and not before', async () => {
    const api = await serve();
    shown = Date.parse(hours(72));
    const before = await all(api, '/readings', hours(0), hours(24), 1_000);
    api.source.drift(hours(24));
    assert.deepEqual(await all(api, '/readings', hours(0), hours(24), 1_000), before);
    const mean = (rows: Row[]): number =>
      rows.reduce((sum, row) => sum + Number(row['pm25_mean_24h'] ?? 0), 0) / rows.length;
    assert.ok(mean(await all(api, '/readings', hours(48), hours(72), 1_000)) > 1.15 * mean(before));
  });
});
