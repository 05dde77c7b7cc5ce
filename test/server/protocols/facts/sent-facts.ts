import { aServer, aServingWorld } from '../../fakes.ts';

/** A server, and how facts are sent to one of its routes. */
export const sendingTo =
  (route: 'labels' | 'outcomes') =>
  async (world = aServingWorld()) => {
    const { app } = await aServer(world);
    const send = async (payload: object, pipeline = 'fraud') => {
      const answer = await app.inject({ method: 'POST', url: `/${route}/${pipeline}`, payload });
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
    };
    return { world, send };
  };

/** What is said of facts of fraud. */
export const counted = (received: number, fresh: number) => ({
  pipeline: 'fraud',
  received,
  new: fresh,
  same: received - fresh,
});
