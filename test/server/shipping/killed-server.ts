import { aRow, aServer, aServingWorld, predict } from '../fakes.ts';

// A server that answers until it is killed, and tells its parent the ids of what it answered.
process.on('disconnect', () => process.exit());
const world = aServingWorld();
const server = await aServer(world, { dataFolder: process.argv[2]!, spool: { segmentBytes: 20_000 } });
world.databaseUp = false;
for (;;) {
  const answers = await Promise.all([1, 2, 3, 4].map((amount) => predict(server, aRow({ amount }))));
  process.send!(answers.map(({ body }) => body.id));
}
