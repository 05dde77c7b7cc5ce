import { clockSetting, createClock } from '../../../../adapters/machine/clock.ts';
import { createAlerts } from '../../../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { createReminders } from '../../../../adapters/postgres/alerts/reminders.ts';
import { type Database } from '../../../../adapters/postgres/database.ts';
import { createPipelines } from '../../../../adapters/postgres/pipelines.ts';
import { type AlertKind, type Severity } from '../../../../core/alerts/alerts.ts';
import { type Channel, type Message } from '../../../../core/channels/channel.ts';
import { channelNames, type ChannelName, type Target } from '../../../../core/channels/index.ts';
import { type PipelineInput } from '../../../../core/declaration/pipeline.ts';
import { after } from '../../../../core/time/time.ts';
import { createDeliveries, type Deliveries } from '../../../../server/watching/deliveries.ts';
import { aPipeline } from '../../../reports/fixtures.ts';
import { pino } from 'pino';

/** 21:00 in Berlin. */
const BEGIN = '2026-03-01T20:00:00.000Z';
export const quiet = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' };
/** When quiet hours begin and end, in minutes. */
export const [NIGHT, MORNING] = [60, 600];
export const [team, pager] = [['team@example.com'], { env: 'PAGER' }];

export const minute = (minutes: number): string => after(BEGIN, `${minutes} minutes`);

/** A pipeline whose alerts are raised and told as servers do, on a clock of minutes; what is sent is kept. */
export class Scene {
  readonly sent: string[] = [];
  private occasions = 0;
  readonly alerts;
  private readonly database: Database;
  private readonly always: Target[];
  constructor(database: Database, always: Target[] = []) {
    this.database = database;
    this.always = always;
    this.alerts = createAlerts(database);
  }

  declare(notifications: PipelineInput['notifications']) {
    return createPipelines(this.database).apply(aPipeline({ name: 'fraud', notifications }), 'ada');
  }

  server(minutes: number, channels: Partial<Record<ChannelName, Channel>> = {}, everyMs = 3_600_000): Deliveries {
    const kept: Channel = { send: async (message) => void this.sent.push(inLine(message)) };
    const all = Object.fromEntries(channelNames.map((name) => [name, channels[name] ?? kept]));
    return createDeliveries({
      outbox: createOutbox(this.database),
      reminders: createReminders(this.database),
      clock: createClock(clockSetting(new Date(minute(minutes)), new Date(), 0)),
      channels: all as Record<ChannelName, Channel>,
      pipelines: createPipelines(this.database),
      always: this.always,
      log: pino({ level: 'silent' }),
      everyMs,
    });
  }

  /** What a server sends at a minute: 'PAGER resolved drift'. */
  async sentAt(minutes: number): Promise<string[]> {
    await this.server(minutes).round();
    return this.sent.splice(0).sort();
  }

  raise(minutes: number, severity: Severity = 'critical', kind: AlertKind = 'drift') {
    const pipeline = ['temporal-gone', 'database-gone'].includes(kind) ? null : 'fraud';
    return this.alerts.raise(
      {
        fingerprint: pipeline === null ? kind : `${kind}/fraud`,
        occasion: `${(this.occasions += 1)}`,
        pipeline,
        kind,
        severity,
        summary: kind,
        detail: '',
        at: minute(minutes),
      },
      '6 hours',
    );
  }

  resolve(minutes: number, kind: AlertKind = 'drift') {
    const fingerprint = kind.endsWith('-gone') ? kind : `${kind}/fraud`;
    return this.alerts.resolve(fingerprint, { at: minute(minutes), by: 'a test', reason: 'over' });
  }
}

const inLine = ({ target, telling, facts, subject }: Message): string =>
  `${target} ${telling} ${facts?.summary ?? subject}`;
