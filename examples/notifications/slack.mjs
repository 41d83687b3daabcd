// on_end: node notifications/slack.mjs
// SLACK_WEBHOOK_URL is an incoming webhook: https://api.slack.com/messaging/webhooks
import { post, readMessage } from './message.mjs';

/** Slack reads these three characters as markup. */
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack refuses the text of a section beyond 3,000 characters. */
const MOST = 2_900;

const { title, lines } = readMessage();
await post('SLACK_WEBHOOK_URL', {
  text: escape(title),
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text: `*${escape(title)}*` } },
    { type: 'section', text: { type: 'mrkdwn', text: escape(lines.join('\n')).slice(0, MOST) } },
  ],
});
