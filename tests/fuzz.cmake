# The fuzz targets are a project of their own, tests/fuzz; here is what they found.
ternsim_add_test(fuzz_findings_test TIER property
  SOURCES property/fuzz_findings_test.cpp
  LIBS ternsim_formats)
