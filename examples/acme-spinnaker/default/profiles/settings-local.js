// Deck: what the browser sees. Loaded after Halyard's own settings.js.
window.spinnakerSettings.defaultTimeZone = 'Europe/Zurich';
window.spinnakerSettings.authEnabled = true;
window.spinnakerSettings.feature.managedServiceAccounts = true;
window.spinnakerSettings.feature.kustomizeEnabled = true;
window.spinnakerSettings.changelogUrl = 'https://DECK_HOST/changelog';
