import { diskUse } from '../adapters/machine/disk.ts';
import { messageOf, UserError } from '../core/base/errors/errors.ts';
import { release } from '../core/base/release.ts';
import { type MetricMeter } from '@temporalio/common';
import { Runtime, type RuntimeOptions } from '@temporalio/worker';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eachMinute } from './each-minute.ts';

/** Starts Temporal's core, which serves its metrics and ours as Prometheus reads them, if it is told where. */
export function installRuntime(options: RuntimeOptions, address: string | undefined): MetricMeter {
  const prometheus = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
  const telemetryOptions = address && {
    metrics: { attachServiceName: false, prometheus: { bindAddress: address, ...prometheus } },
  };
  try {
    return Runtime.install({ ...options, ...(telemetryOptions && { telemetryOptions }) }).metricMeter;
  } catch (cause) {
    if (address === undefined) throw cause;
    throw new UserError(
      'NO_FREE_PORT',
      `The metrics of this worker cannot be served at ${address}: ${messageOf(cause)}. Choose another address for ` +
        'PERENNIAL_METRICS_ADDRESS, or stop the program that uses it.',
      { cause },
    );
  }
}

/** Looks after the worker's folder for monitoring systems, a minute after each look. Returns what ends it. */
export function measureFolder(meter: MetricMeter, dataFolder: string, role: string): () => void {
  meter
    .createGauge('perennial_build_info', 'int', undefined, '1, with the release of Perennial and of Node.')
    .set(1, { version: release, node: process.version, role });
  const gauge = (name: string, help: string) => meter.createGauge(name, 'float', undefined, help);
  const cache = gauge('perennial_worker_cache_bytes', "Bytes in the worker's cache of objects, and those it works on.");
  const free = gauge('perennial_worker_disk_free_bytes', "Bytes that are free on the disk with the worker's folder.");
  const size = gauge('perennial_worker_disk_size_bytes', "Size of the disk with the worker's folder, in bytes.");

  return eachMinute(async () => {
    cache.set(await bytesIn(join(dataFolder, 'cache')));
    const disk = await diskUse(dataFolder);
    free.set(disk.free);
    size.set(disk.size);
  });
}

/** Files that others remove meanwhile count as nothing. */
async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const file of files)
    if (file.isFile()) bytes += (await stat(join(file.parentPath, file.name)).catch(() => ({ size: 0 }))).size;
  return bytes;
}
