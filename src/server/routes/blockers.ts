import { Hono } from 'hono';
import { z } from 'zod';
import type { AnswerBody } from '../../contract/api.js';
import { ID_PATTERN, runId } from '../../contract/ids.js';
import { MAX_CORRECTIONS, MAX_USD, NUL_REFUSED } from '../../contract/answer-choices.js';
import { parseAnswer } from '../../runs/control/answer-choice.js';
import { blockerParam, query } from '../middleware/input.js';
import { jsonBody } from '../middleware/json-body.js';
import { Refused } from '../refusal.js';
import { found, json } from '../responses.js';
import { carryOut } from '../carry-out.js';
import type { ServerEnv } from '../server-env.js';
import type { Services } from '../services.js';

const blockersQuery = z.object({ run: z.string().optional() });

/** Unknown keys are refused: they are mistakes, and ignoring them would drop what the person wanted. */
const answerBody = z.strictObject({
  text: z
    .string()
    .refine((text) => !text.includes('\0'), NUL_REFUSED)
    .optional(),
  retry: z.int().min(1).max(MAX_CORRECTIONS).optional(),
  accept: z.boolean().optional(),
  skip: z.boolean().optional(),
  addUsd: z.number().positive().max(MAX_USD).optional(),
}) satisfies z.ZodType<AnswerBody>;

/** `GET /api/blockers?run=R`: open blockers. `GET /api/blockers/B`: one, with what its answer needs. `POST /api/blockers/B/answer`: answers one. */
export const blockersRoutes = ({ queries, control }: Services) =>
  new Hono<ServerEnv>()
    .get(
      '/api/blockers',
      query(blockersQuery, { status: 400, detail: 'The query is run=<id>, once, or nothing.' }),
      async (c) => {
        const { run } = c.req.valid('query');
        if (run === undefined) return json(c, await queries.allBlockers());
        if (!ID_PATTERN.test(run)) throw new Refused({ status: 404, detail: 'There is no such run.' });
        return found(c, await queries.blockers(runId(run)), `There is no run ${run}.`);
      },
    )
    .get('/api/blockers/:blocker', blockerParam(), async (c) =>
      found(c, await queries.blocker(c.req.valid('param').blocker), 'There is no such open question.'),
    )
    .post('/api/blockers/:blocker/answer', blockerParam(), jsonBody(answerBody), (c) =>
      carryOut(c, () => control.answer(c.req.valid('param').blocker, parseAnswer(c.req.valid('json')))),
    );
