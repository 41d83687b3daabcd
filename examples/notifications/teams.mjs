// on_end: node notifications/teams.mjs
// TEAMS_WEBHOOK_URL is that of the workflow "Post to a channel when a webhook request is received".
import { post, readMessage } from './message.mjs';

const { title, lines } = readMessage();
await post('TEAMS_WEBHOOK_URL', {
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'TextBlock', text: title, weight: 'Bolder', wrap: true },
          // A model's words: a TextBlock would take them for Markdown, with links.
          ...lines.map((text) => ({ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text }] })),
        ],
      },
    },
  ],
});
