// Deck: features that are false by default.
window.spinnakerSettings.feature.managedServiceAccounts = false;
