// Colours: as the system, light, dark. The choice is kept where the browser allows it for a page from a file.
const themes = ['system', 'light', 'dark'];
const remember = value => { try { value === undefined || localStorage.setItem('modelops-theme', value); return localStorage.getItem('modelops-theme'); } catch { return null; } };
const themeButton = document.getElementById('theme');
let theme = themes.includes(remember()) ? remember() : 'system';

function showTheme() {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  themeButton.textContent = { system: 'Auto', light: 'Light', dark: 'Dark' }[theme];
  themeButton.setAttribute('aria-label', 'Colours: ' + { system: 'as the system', light: 'light', dark: 'dark' }[theme]);
}

themeButton.addEventListener('click', () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  remember(theme);
  showTheme();
});
showTheme();
