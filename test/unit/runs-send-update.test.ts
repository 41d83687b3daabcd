import assert from 'node:assert/strict';
import { ServiceError } from '@temporalio/client';
import { sendUpdate } from '../../src/runs/control/send-update.js';

/** An error of the client, with a status of gRPC. */
function refused(code: number): ServiceError {
  const cause = Object.assign(new Error(`${code} from the server`), { code, details: '', metadata: {} });
  return new ServiceError('Workflow Update failed', { cause });
}

describe('an update of a lead', () => {
  const sending = (...errors: readonly Error[]) => {
    const left = [...errors];
    let sent = 0;
    const send = () => {
      sent += 1;
      const error = left.shift();
      return error === undefined ? Promise.resolve('done') : Promise.reject(error);
    };
    return { send, sent: () => sent };
  };

  it('is sent again when the workflow task that it was with has failed', async () => {
    const { send, sent } = sending(refused(9), refused(9));
    assert.equal(await sendUpdate(send, 1), 'done');
    assert.equal(sent(), 3);
  });

  it('is given up in the end, and at once after another error', async () => {
    const stuck = sending(...Array.from({ length: 50 }, () => refused(9)));
    await assert.rejects(sendUpdate(stuck.send, 1), ServiceError);
    assert.equal(stuck.sent(), 10);
    const away = sending(refused(14));
    await assert.rejects(sendUpdate(away.send, 1), ServiceError);
    assert.equal(away.sent(), 1);
  });
});
