"""One module for each kind of source of a draft; `avow.drafting.sources` lists them."""
