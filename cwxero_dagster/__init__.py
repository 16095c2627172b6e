"""ConnectWise PSA purchase orders to Xero bills, in Dagster. Nothing is imported here."""
