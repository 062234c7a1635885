# As for one secret per file; the secret at spinnaker/hal itself holds the files of the root.
path "secret/data/spinnaker/hal" {
  capabilities = ["read"]
}
path "secret/data/spinnaker/hal/*" {
  capabilities = ["read"]
}
path "secret/metadata/spinnaker/hal" {
  capabilities = ["list", "read"]
}
path "secret/metadata/spinnaker/hal/*" {
  capabilities = ["list", "read"]
}
path "secret/detailed-metadata/spinnaker/hal/*" {
  capabilities = ["scan"]
}
