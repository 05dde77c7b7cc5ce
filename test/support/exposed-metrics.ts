import { type AlertingParts } from '../../server/watching/alerting.ts';
import { measureFolder } from '../../workers/metrics.ts';
import { aFolder, aServer, World } from '../server/fakes.ts';
import { repository } from './processes/programs.ts';
import { type MetricMeter } from '@temporalio/common';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Exposed {
  name: string;
  kind: 'counter' | 'gauge' | 'histogram';
  labels: string[];
  help: string;
}

/** Every metric of ours that a server offers, whether or not it has a series now. Nothing is started or read. */
export async function metricsOfServer(): Promise<Exposed[]> {
  const away = (): Promise<never> => Promise.reject(new Error('nothing is asked'));
  const alerting = { channels: {}, always: [] } as unknown as AlertingParts;
  const { metrics } = await aServer(new World(), { alerting, fleetFacts: away, rolloutCounts: away });
  const all = metrics.registry.getMetricsAsArray() as unknown as (Omit<Exposed, 'kind' | 'labels'> & {
    type: Exposed['kind'];
    labelNames: string[];
  })[];
  return [...all.map(({ name, type, labelNames, help }) => ({ name, kind: type, labels: labelNames, help })), ...ofSupervisor()]; // prettier-ignore
}

/** Those of the process that supervises the others. */
function ofSupervisor(): Exposed[] {
  const source = readFileSync(join(repository, 'server/processes/supervise.ts'), 'utf8');
  const found = source.matchAll(
    /new (Gauge|Counter)\(\{\n\s+name: '(\w+)',\n\s+help: '(.*)',\n(?:\s+labelNames: \['(\w+)'\])?/g,
  );
  return [...found].map(([, kind, name, help, label]) => ({
    name: name!,
    kind: kind!.toLowerCase() as Exposed['kind'],
    labels: label ? [label] : [],
    help: help!,
  }));
}

/** Every metric of ours that a worker offers, besides Temporal's own. */
export function metricsOfWorker(): Exposed[] {
  const found: Exposed[] = [];
  const meter = {
    createGauge(name: string, _type: string, _unit: undefined, help: string) {
      const metric: Exposed = { name, kind: 'gauge', labels: [], help };
      found.push(metric);
      return { set: (_value: number, tags: object = {}) => void (metric.labels = Object.keys(tags)) };
    },
  };
  measureFolder(meter as unknown as MetricMeter, aFolder(), 'data')();
  return found;
}

/** Of Temporal's metrics those that dashboards show, with the labels that they need; a running worker is asked for them. */
export const metricsOfTemporal: Record<string, string[]> = {
  temporal_worker_task_slots_used: ['worker_type'],
  temporal_worker_task_slots_available: ['worker_type'],
  temporal_num_pollers: ['poller_type'],
  temporal_activity_execution_latency_seconds: ['activity_type'],
  temporal_activity_execution_failed_total: ['activity_type'],
  temporal_activity_schedule_to_start_latency_seconds: ['task_queue'],
  temporal_workflow_completed_total: ['workflow_type'],
  temporal_workflow_failed_total: ['workflow_type'],
  temporal_workflow_endtoend_latency_seconds: ['workflow_type'],
  temporal_request_failure_total: ['operation'],
};
