using System.Runtime.InteropServices;

namespace ModelOps.Benchmarks;

/// <summary>sgemm of the peer's OpenBLAS, called in this process.</summary>
internal sealed unsafe class OpenBlas
{
    private const int RowMajor = 101, NoTranspose = 111, Transpose = 112;
    private readonly delegate* unmanaged[Cdecl]<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _multiply;

    /// <param name="library">Path of libblas.so.3.</param>
    public OpenBlas(string library, int threads)
    {
        if (PyTorchPeer.BlasCoreType is { } core)
        {
            _ = SetEnvironment("OPENBLAS_CORETYPE", core, 1); // Environment.SetEnvironmentVariable does not reach native code.
        }

        nint handle = NativeLibrary.Load(library);
        _multiply = (delegate* unmanaged[Cdecl]<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(handle, "cblas_sgemm");
        ((delegate* unmanaged[Cdecl]<int, void>)NativeLibrary.GetExport(handle, "openblas_set_num_threads"))(threads);
    }

    /// <summary>C[m,n] = op(A)·op(B), row-major, with the leading dimensions of what lies in memory.</summary>
    public void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float* a, int lda, float* b, int ldb, float* c, int ldc) =>
        _multiply(RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);

    [DllImport("libc", EntryPoint = "setenv")]
    private static extern int SetEnvironment([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
