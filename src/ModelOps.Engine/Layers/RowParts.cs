using ModelOps.Engine.Numerics;

namespace ModelOps.Engine.Layers;

/// <summary>Splits elementwise work by shape, never by thread count: the parts are the same on every machine.</summary>
internal static class RowParts
{
    private const int ElementsPerPart = 1 << 14;
    private const int ColumnsPerPart = 64;

    /// <summary>
    /// Whether <see cref="For"/> would make one part: a decoding step's few rows. Callers run them without a delegate, which would cost an
    /// allocation each time.
    /// </summary>
    internal static bool IsOnePart(int rows, int width) => rows <= RowsPerPart(width);

    /// <summary>Calls <paramref name="body"/>(start, count) for consecutive ranges of rows of <paramref name="width"/> elements.</summary>
    internal static void For(ThreadTeam team, int rows, int width, Action<int, int> body) =>
        Split(team, rows, RowsPerPart(width), body);

    /// <summary>The same for a flat array.</summary>
    internal static void ForElements(ThreadTeam team, long count, Action<long, long> body)
    {
        int parts = (int)((count + ElementsPerPart - 1) / ElementsPerPart);
        team.For(parts, part =>
        {
            long start = (long)part * ElementsPerPart;
            body(start, Math.Min(ElementsPerPart, count - start));
        });
    }

    /// <summary>Ranges of columns, for gradients that sum over rows.</summary>
    internal static void ForColumns(ThreadTeam team, int columns, Action<int, int> body) => Split(team, columns, ColumnsPerPart, body);

    private static int RowsPerPart(int width) => Math.Max(1, ElementsPerPart / width);

    private static void Split(ThreadTeam team, int count, int size, Action<int, int> body) =>
        team.For((count + size - 1) / size, part => body(part * size, Math.Min(size, count - part * size)));
}
