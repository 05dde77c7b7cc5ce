import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { createShipper } from './shipper.ts';
import { createSpool, type Log } from './spool.ts';
import { type FastifyInstance } from 'fastify';

const LAST_SHIPPING_MS = 1_000;

/** Ships the spools of processes that this server no longer has. What cannot be shipped waits for the next start. */
export function shipLeftSpools(
  app: FastifyInstance,
  folders: string[],
  { predictions, log }: { predictions: Pick<PredictionLog, 'append'>; log: Log },
): void {
  const shippers = folders.map((folder) => createShipper({ spool: createSpool({ folder, log }), predictions, log }));
  app.addHook('onReady', (done) => {
    for (const shipper of shippers) shipper.start();
    done();
  });
  app.addHook('onClose', async () => {
    await Promise.all(shippers.map((shipper) => shipper.stop(LAST_SHIPPING_MS)));
  });
}
