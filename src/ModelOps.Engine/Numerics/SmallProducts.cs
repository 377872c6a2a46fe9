using System.Runtime.Intrinsics;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// y = x·Wᵀ for the few rows of a decoding step and for one or more weights that take the same rows: handed to the team together, so that
/// threads meet once. Every element is one dot product in the order of <see cref="Kernels.Dot"/>, so a row has the same bits alone and in
/// a batch. Running allocates nothing.
/// </summary>
internal sealed unsafe class SmallProducts : IDisposable
{
    // A part reads about 16 K weights: a microsecond or two, which is what threads wait for each other at the end of a product. Taking one costs
    // a hundredth of that, for a thread takes neighbours from a range of its own.
    private const int WeightsPerPart = 1 << 14;

    // What folding and storing an element costs, in columns.
    private const int FoldCost = 64;

    private readonly ThreadTeam _team;
    private readonly Action<int> _part;
    private readonly NextWeights _next;
    private readonly bool _passing;
    private readonly SmallProduct[] _products = new SmallProduct[4];
    private FloatBuffer? _tiles;   // x as DotTile wants it, [rows / 8] panels
    private FloatBuffer? _panels;  // x as DotPanels wants it, [rows / 4] panels
    private int _count;
    private int _parts;
    private float* _x;
    private int _ldx;
    private int _rows;

    /// <param name="passing">The weights of a token are more than caches hold.</param>
    public SmallProducts(ThreadTeam team, bool passing = false)
    {
        _team = team;
        _passing = passing;
        _part = RunPart;
        _next = new NextWeights(team, passing);
    }

    /// <summary>One more product of the next run, at most four; all take the same columns.</summary>
    /// <param name="y">[rows, w.Rows] at stride <paramref name="ldy"/>; overwritten, or added to with <paramref name="accumulate"/>.</param>
    public void Add(WeightMatrix w, float* y, int ldy, bool accumulate = false)
    {
        var together = DotPanels.Takes(w) ? DotPanels.Outputs : DotTile.Outputs;
        var outputs = Math.Max(1, WeightsPerPart / (w.Cols + FoldCost) / together) * together;
        _products[_count] = new SmallProduct(w, y, ldy, accumulate, outputs, _parts);
        _parts += _products[_count++].Parts;
    }

    /// <summary>Runs what was added, and forgets it.</summary>
    /// <param name="x">[rows, Cols] at stride <paramref name="ldx"/>.</param>
    public void Run(float* x, int ldx, int rows)
    {
        _x = x;
        (_ldx, _rows) = (ldx, rows);
        PackRows();
        if (rows == 1) _next.Began(_products.AsSpan(0, _count), _parts);
        else _next.End(); // More rows keep the processor busy, not memory.
        _team.For(_parts, _part);
        (_count, _parts) = (0, 0);
    }

    public void Dispose()
    {
        _next.End();
        _tiles?.Dispose();
        _panels?.Dispose();
    }

    private static bool IsReadAsStored(WeightMatrix w) =>
        w.Type is StorageType.BF16 or StorageType.F16 or StorageType.F32 && w.Cols % Lanes.Count == 0;

    private Way WayOf(WeightMatrix w) => _rows == 1 && IsReadAsStored(w) ? Way.RowAlone : _rows > 1 && DotPanels.Takes(w) ? Way.Panels : Way.Tiles;

    /// <summary>The rows in the forms that the products ask for.</summary>
    private void PackRows()
    {
        bool tiles = false, panels = false;
        for (var p = 0; p < _count; p++)
        {
            var way = WayOf(_products[p].Weight);
            tiles |= way == Way.Tiles;
            panels |= way == Way.Panels;
        }

        var cols = _products[0].Weight.Cols;
        var (tile, panel) = (DotTile.PanelLength(cols), DotPanels.RowsLength(cols));
        if (tiles) Grow(ref _tiles, (_rows + DotTile.Rows - 1) / DotTile.Rows * tile);
        if (panels) Grow(ref _panels, (_rows + DotPanels.Rows - 1) / DotPanels.Rows * panel);
        for (var i = 0; tiles && i < _rows; i += DotTile.Rows)
        {
            DotTile.Pack(_x + (long)i * _ldx, _ldx, Math.Min(DotTile.Rows, _rows - i), cols, _tiles!.Pointer + i / DotTile.Rows * tile);
        }

        for (var i = 0; panels && i < _rows; i += DotPanels.Rows)
        {
            DotPanels.PackRows(_x + (long)i * _ldx, _ldx, Math.Min(DotPanels.Rows, _rows - i), cols, _panels!.Pointer + i / DotPanels.Rows * panel);
        }
    }

    private static void Grow(ref FloatBuffer? buffer, long length)
    {
        if (buffer is not null && buffer.Length >= length) return;
        buffer?.Dispose();
        buffer = new FloatBuffer(length, zeroed: false);
    }

    /// <summary>How a product is computed.</summary>
    private enum Way
    {
        RowAlone,
        Tiles,
        Panels,
    }

    private void RunPart(int part)
    {
        var p = _count - 1;
        while (_products[p].FirstPart > part) p--;
        ref var product = ref _products[p];
        var from = (part - product.FirstPart) * product.OutputsPerPart;
        var to = Math.Min(product.Weight.Rows, from + product.OutputsPerPart);
        switch (WayOf(product.Weight))
        {
            case Way.Panels: Panels(product, from, to); break;
            case Way.Tiles: Tiles(product, from, to); break;
            case Way.RowAlone when _passing: RowAlone<Passing>(product, from, to); break;
            default: RowAlone<Kept>(product, from, to); break;
        }
    }

    private void Panels(in SmallProduct product, int from, int to)
    {
        var space = stackalloc float[DotPanels.SumsLength + Lanes.Count];
        var sums = (float*)(((nint)space + 63) & ~63); // no vector across two cache lines
        var cols = product.Weight.Cols;
        var weights = DotPanels.Of(product.Weight) + from / DotPanels.Outputs * DotPanels.WeightLength(cols);
        for (var output = from; output < to; output += DotPanels.Outputs, weights += DotPanels.WeightLength(cols))
        {
            var x = _panels!.Pointer;
            for (var row = 0; row < _rows; row += DotPanels.Rows, x += DotPanels.RowsLength(cols))
            {
                var rows = Math.Min(DotPanels.Rows, _rows - row);
                var ahead = Math.Min(2 + row / DotPanels.Rows, 3); // The first two passes over a panel ask for the next one, a half each.
                DotPanels.Multiply(weights, x, rows, cols, sums, (byte*)(weights + ahead * DotPanels.WeightLength(cols) / 2));
                product.Put(row, rows, output, Math.Min(DotPanels.Outputs, to - output), sums);
            }
        }
    }

    private void RowAlone<THint>(in SmallProduct product, int from, int to)
        where THint : struct, ICacheHint
    {
        const int AtOnce = 64;
        var sums = stackalloc float[AtOnce];
        var w = product.Weight;
        for (var output = from; output < to; output += AtOnce)
        {
            var count = Math.Min(AtOnce, to - output);
            switch (w.Type)
            {
                case StorageType.BF16: DotTile.MultiplyRow<Storage.BF16, THint>(w.Row(output), count, w.Cols, _x, sums); break;
                case StorageType.F16: DotTile.MultiplyRow<Storage.F16, THint>(w.Row(output), count, w.Cols, _x, sums); break;
                default: DotTile.MultiplyRow<Storage.F32, THint>(w.Row(output), count, w.Cols, _x, sums); break;
            }

            for (var o = 0; o < count; o++) product.Put(0, output + o, sums[o]);
        }
    }

    private void Tiles(in SmallProduct product, int from, int to)
    {
        var w = product.Weight;
        var panel = DotTile.PanelLength(w.Cols);
        var expands = !IsReadAsStored(w) || w.Rows < DotTile.Outputs || !Vector512.IsHardwareAccelerated;
        for (var output = from; output < to; output += DotTile.Outputs)
        {
            // The last tile begins earlier if it must; what it computes once more it does not store.
            var first = Math.Max(0, Math.Min(output, w.Rows - DotTile.Outputs));
            var weights = expands ? Expanded(w, first) : w.Row(first);
            var type = expands ? StorageType.F32 : w.Type;
            for (var row = 0; row < _rows; row += DotTile.Rows)
            {
                Tile(product, type, weights, _tiles!.Pointer + row / DotTile.Rows * panel, row, first, output, Math.Min(output + DotTile.Outputs, to));
            }
        }
    }

    private void Tile(in SmallProduct product, StorageType type, byte* weights, float* panel, int row, int first, int from, int to)
    {
        var sums = stackalloc float[DotTile.Outputs * DotTile.Rows];
        int rows = Math.Min(DotTile.Rows, _rows - row), cols = DotTile.Padded(product.Weight.Cols);
        switch (type)
        {
            case StorageType.BF16: DotTile.Multiply<Storage.BF16>(weights, cols, panel, rows, sums); break;
            case StorageType.F16: DotTile.Multiply<Storage.F16>(weights, cols, panel, rows, sums); break;
            default: DotTile.Multiply<Storage.F32>(weights, cols, panel, rows, sums); break;
        }

        for (var o = from; o < to; o++)
        {
            for (var i = 0; i < rows; i++) product.Put(row + i, o, sums[(o - first) * DotTile.Rows + i]);
        }
    }

    /// <summary>Three rows in f32, each continued with zeros to whole lanes.</summary>
    private static byte* Expanded(WeightMatrix w, int first)
    {
        var width = DotTile.Padded(w.Cols);
        var expanded = Scratch.Rows((long)DotTile.Outputs * width);
        for (var o = 0; o < DotTile.Outputs; o++)
        {
            var row = expanded + (long)o * width;
            var missing = first + o >= w.Rows;
            if (!missing) w.Expand(first + o, 1, row);
            for (var c = missing ? 0 : w.Cols; c < width; c++) row[c] = 0;
        }

        return (byte*)expanded;
    }
}
