namespace ModelOps.Engine.Numerics;

/// <summary>Each thread's working memory, kept between calls. A pointer holds until the same kind is asked for again on its thread.</summary>
internal static unsafe class Scratch
{
    [ThreadStatic]
    private static FloatBuffer? t_panelsA;

    [ThreadStatic]
    private static FloatBuffer? t_panelsB;

    [ThreadStatic]
    private static FloatBuffer? t_rows;

    [ThreadStatic]
    private static FloatBuffer? t_row;

    public static float* PanelsA(long length) => Grow(ref t_panelsA, length);

    public static float* PanelsB(long length) => Grow(ref t_panelsB, length);

    public static float* Rows(long length) => Grow(ref t_rows, length);

    public static float* Row(long length) => Grow(ref t_row, length);

    private static float* Grow(ref FloatBuffer? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = new FloatBuffer(length, zeroed: false);
        }

        return buffer.Pointer;
    }
}
