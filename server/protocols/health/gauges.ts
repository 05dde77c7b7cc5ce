import { release } from '../../../core/base/release.ts';
import { SECOND } from '../../../core/time/time.ts';
import { type Breaker } from '../../serving/breakers/breaker.ts';
import { type LoadedModel } from '../../serving/models/load-model.ts';
import { type Serving, versionsOf } from '../../serving/serving.ts';
import { type Breakers } from '../../serving/breakers/breakers.ts';
import { type Models } from '../../serving/models/models.ts';
import { type Counting } from '../../shipping/counting.ts';
import { type Shipper } from '../../shipping/shipper.ts';
import { type Spool } from '../../shipping/spool.ts';
import { type Tallying } from '../../serving/tallies/tallying.ts';
import { type TrafficWatch } from '../../serving/traffic/traffic-watch.ts';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface Watched {
  models: Models;
  spool: Spool;
  shipper: Shipper;
  counting: Counting;
  tallying: Tallying;
  breakers: Breakers;
  watch: TrafficWatch;
}

const roleOf = ({ version }: LoadedModel, { champion }: Serving): string =>
  version === champion.model.version ? 'champion' : 'challenger';

/** Values kept elsewhere are read at each scrape. */
export function addGauges(registry: Registry, { models, spool, shipper, watch, breakers }: Watched): void {
  const registers = [registry];
  const single = { registers, labelNames: [] };
  new Gauge({
    name: 'perennial_build_info',
    help: '1, with the release of Perennial and of Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: release, node: process.version }, 1);
  const read = (name: string, help: string, value: () => number): void => {
    new Gauge({
      ...single,
      name,
      help,
      collect() {
        this.set(value());
      },
    });
  };
  const total = (name: string, help: string, value: () => number): void => {
    new Counter({
      ...single,
      name,
      help,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
  read('perennial_spool_bytes', 'Bytes of predictions that wait on disk to be logged.', () => spool.bytes);
  read('perennial_spool_segments', 'Files in the spool.', () => spool.segments);
  read(
    'perennial_spool_oldest_age_seconds',
    'How long the oldest file has waited to be logged; 0 when none does.',
    () => (spool.oldestAt === null ? 0 : Math.max(0, Date.now() - spool.oldestAt) / SECOND),
  );
  total(
    'perennial_spool_dropped_total',
    'Predictions answered and not logged, because the spool filled up or was unwritable.',
    () => spool.dropped,
  );
  total(
    'perennial_predictions_sampled_out_total',
    'Predictions not logged, as declared by serving.log.sample.',
    () => spool.sampledOut,
  );
  total(
    'perennial_spool_shed_total',
    'Requests refused because the spool was full or unwritable, as declared by serving.log.whenFull.',
    () => spool.shed,
  );
  total('perennial_predictions_shipped_total', 'Predictions written to the log.', () => shipper.totals.shipped);
  total('perennial_spool_torn_total', 'Cut-off last lines of spool segments.', () => shipper.totals.torn);
  total('perennial_spool_unreadable_total', 'Spooled lines that cannot be logged.', () => shipper.totals.unreadable);
  read('perennial_database_reachable', '1 when the last read of the traffic table succeeded.', () =>
    Number(watch.reachable),
  );
  read(
    'perennial_database_contact_age_seconds',
    'Seconds since the database last answered; NaN when it never has.',
    () => (watch.lastContact === null ? NaN : (Date.now() - watch.lastContact) / 1000),
  );

  const perPipeline = (name: string, help: string, value: (name: string) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ['pipeline'],
      registers,
      collect() {
        this.reset();
        for (const { pipeline } of models.all()) this.set({ pipeline: pipeline.name }, value(pipeline.name) ?? NaN);
      },
    });
  };
  const championOf = (name: string): LoadedModel | undefined => models.get(name)?.serving?.champion.model;
  perPipeline(
    'perennial_model_generation',
    'Generation of the traffic being served.',
    (name) => models.get(name)?.serving?.generation,
  );
  perPipeline('perennial_model_version', "The champion's version.", (name) => championOf(name)?.version);
  perPipeline('perennial_model_created_timestamp_seconds', 'When the champion was registered.', (name) => {
    const model = championOf(name);
    return model && Date.parse(model.createdAt) / 1000;
  });
  new Gauge({
    name: 'perennial_traffic_share',
    help: 'The share of its requests that a version answers; 0 for one that only shadows.',
    labelNames: ['pipeline', 'version', 'role'],
    registers,
    collect() {
      this.reset();
      for (const { pipeline, serving } of models.all()) {
        if (!serving) continue;
        for (const { model, share } of serving.arms)
          this.set({ pipeline: pipeline.name, version: model.version, role: roleOf(model, serving) }, share);
        if (serving.shadow)
          this.set({ pipeline: pipeline.name, version: serving.shadow.model.version, role: 'shadow' }, 0);
      }
    },
  });
  const perVersion = (
    Kind: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    value: (of: Breaker) => number,
  ): void => {
    new Kind({
      name,
      help,
      labelNames: ['pipeline', 'version'],
      registers,
      collect() {
        this.reset();
        for (const { pipeline, serving } of models.all())
          for (const version of serving ? versionsOf(serving) : [])
            this.inc({ pipeline: pipeline.name, version: version.model.version }, value(breakers.of(version)));
      },
    });
  };
  perVersion(
    Gauge,
    'perennial_version_tripped',
    '1 while a version rests, or one row is about to try it.',
    ({ trip }) => Number(trip !== null),
  );
  perVersion(Counter, 'perennial_version_trips_total', 'How often a version has tripped.', ({ trips }) => trips);
  new Gauge({
    name: 'perennial_model_problem',
    help: '1 when the server cannot take up newer traffic or read the declaration.',
    labelNames: ['pipeline'],
    registers,
    collect() {
      this.reset();
      for (const pipeline of models.unreadable.keys()) this.set({ pipeline }, 1);
      for (const { pipeline, problem } of models.all())
        this.set({ pipeline: pipeline.name }, Number(problem !== null || models.unreadable.has(pipeline.name)));
    },
  });
  perPipeline(
    'perennial_model_load_failures',
    'Failed attempts to take up newer traffic.',
    (name) => models.failures.get(name) ?? 0,
  );
}
