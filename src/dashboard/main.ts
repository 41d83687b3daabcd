import { mount } from 'svelte';
import App from './App.svelte';
import { signInByLink } from './session-token.svelte.js';
import './base.css';

void signInByLink();
// Such a link may be opened in a tab that shows the page already. This listener comes before those of the components.
addEventListener('hashchange', () => void signInByLink());

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no element #app');
mount(App, { target });
