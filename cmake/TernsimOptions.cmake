# Compile options that every target shares.
#
# ternsim_add_library(NAME SOURCES...) is add_library plus those options; every room uses it.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
# -O2 keeps assertions out by NDEBUG as usual; conservation checks are not assertions and stay in.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(ternsim_options INTERFACE)
target_include_directories(ternsim_options INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
# Each float32 operation is rounded on its own: GCC contracts a*b+c to FMA by default.
target_compile_options(ternsim_options INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion
                       -Wno-sign-conversion -Wshadow -Wnon-virtual-dtor)
if(TERNSIM_WERROR)
  target_compile_options(ternsim_options INTERFACE -Werror)
endif()
if(TERNSIM_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  # Two thirds of the compile time of -O2 -g; the kernels and datapaths bring their own -O3.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -DNDEBUG")
endif()
if(TERNSIM_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

function(ternsim_add_library name)
  add_library(${name} STATIC ${ARGN})
  target_link_libraries(${name} PUBLIC ternsim_options)
endfunction()
