import { listenToPerson } from '../../local/person.ts';
import { PassThrough } from 'node:stream';

describe('npm start', () => {
  it('stops when the npm that started it is gone, as when it is killed', async () => {
    let parent = 7;
    const input = new PassThrough() as unknown as NodeJS.ReadStream;
    const person = listenToPerson(input, { parent: () => parent, everyMs: 1 });
    person.on('d', () => undefined);
    parent = 1;
    await person.stop;
    person.ignore();
  });
});
