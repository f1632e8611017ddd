"""Darwin Core Archives (https://dwc.tdwg.org/text/), as GBIF hands them out: streamed, never trusted."""
