ternsim_add_test(packings_test TIER property SOURCES property/packings_test.cpp LIBS ternsim_kernels)
