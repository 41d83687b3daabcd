import assert from 'node:assert/strict';
import { RESULT_MARKERS } from '../../src/model/result-markers.js';
import { lastResultKind, chooseAnswer, findTaskTitle } from '../../src/model/scripted/choose-answer.js';
import type { ConversationMessage } from '../../src/model/scripted/scripted-request.js';
import type { TaskScript } from '../../src/model/scripted/script.js';

const START: ConversationMessage = { role: 'user', content: '# Sum the cart\n\nWrite `total`.' };

/** A conversation with each of these texts as the result of a call. */
function conversation(...results: string[]): ConversationMessage[] {
  return [
    START,
    ...results.flatMap((content, index): ConversationMessage[] => [
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: `t${index}`, name: 'submit_changes', input: {} }],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${index}`, content }] },
    ]),
  ];
}

describe('lastResultKind', () => {
  it('is `start` before the first answer', () => assert.equal(lastResultKind([START]), 'start'));

  it('is recognised by how a result begins', () => {
    const expected = {
      red: 'red',
      refused: 'refused',
      conflict: 'conflict',
      redMerge: 'red-merge',
      malformed: 'malformed',
      answered: 'answered',
    } as const;
    for (const key of Object.keys(RESULT_MARKERS) as (keyof typeof RESULT_MARKERS)[]) {
      assert.equal(lastResultKind(conversation(`${RESULT_MARKERS[key]} and more`)), expected[key]);
    }
    assert.equal(lastResultKind(conversation('src/a.ts\nsrc/b.ts')), 'tool');
    assert.equal(lastResultKind(conversation('Exit code 1.\nIt printed nothing.')), 'command-failed');
    assert.equal(lastResultKind(conversation('Exit code 0.\nIt printed nothing.')), 'tool');
  });

  it('is the latest of several, even with a remark after it', () => {
    const [start, ...rest] = conversation(`${RESULT_MARKERS.red}: 1 of 3`);
    assert.ok(start);
    const remark: ConversationMessage = { role: 'user', content: 'Two corrections are left.' };
    assert.equal(lastResultKind([start, ...rest, remark]), 'red');
    const person: ConversationMessage = { role: 'user', content: `${RESULT_MARKERS.answered}: use cents` };
    assert.equal(lastResultKind([start, ...rest, person]), 'answered');
  });

  it('is `other` when a remark follows text alone', () => {
    const words: ConversationMessage = { role: 'assistant', content: 'I am done.' };
    assert.equal(lastResultKind([START, words, { role: 'user', content: 'Please submit.' }]), 'other');
  });
});

describe('the task of a conversation', () => {
  it('is found by the whole title on its own line', () => {
    const titles = ['Sum', 'Sum the cart', 'Sum the cart twice'];
    assert.equal(findTaskTitle(titles, [START]), 'Sum the cart');
    assert.equal(findTaskTitle(titles, [{ role: 'user', content: 'Sum the cart\nnow' }]), 'Sum the cart');
    assert.equal(findTaskTitle(titles, [{ role: 'user', content: 'Please Sum the cart' }]), null);
  });
});

describe('chooseAnswer', () => {
  const script: TaskScript = {
    tasks: {
      'Sum the cart': [
        { on: 'conflict', text: 'again' },
        { text: 'first' },
        { on: 'tool', text: 'after reading' },
        { on: 'red', text: 'corrected' },
        { on: 'red', text: 'corrected twice' },
      ],
    },
  };
  const answered = (...results: string[]) => chooseAnswer(script, conversation(...results)).text;

  it('returns the first unused answer that fits', () => {
    assert.equal(answered(), 'first');
    assert.equal(answered('a file'), 'after reading');
    assert.equal(answered(RESULT_MARKERS.red), 'corrected');
    assert.equal(answered(RESULT_MARKERS.red, RESULT_MARKERS.red), 'corrected twice');
    assert.equal(answered(RESULT_MARKERS.conflict, RESULT_MARKERS.red), 'corrected');
    assert.equal(answered(RESULT_MARKERS.conflict), 'again');
  });

  it('reports that no answer is left, and continues afterwards', () => {
    assert.match(answered(RESULT_MARKERS.refused) ?? '', /no answer left for "Sum the cart" after refused/);
    assert.equal(answered(RESULT_MARKERS.refused, RESULT_MARKERS.red), 'corrected');
  });

  it('reports an unknown task', () => {
    assert.match(chooseAnswer({ tasks: {} }, [START]).text ?? '', /no task/);
  });
});
