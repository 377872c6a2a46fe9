namespace ModelOps.Engine.Numerics;

internal static unsafe partial class Kernels
{
    /// <summary>
    /// Softmax of row[0..visible) · scale (scale > 0), shifted by the maximum; row[visible..total) becomes 0, so that a causal row
    /// can go straight into a product.
    /// </summary>
    public static void SoftmaxRow(float* row, int visible, int total, float scale) => ScalarReference.SoftmaxRow(row, visible, total, scale);

    /// <summary>dp becomes the gradient of the unscaled scores, scale · p (dp - p·dp); dp[visible..total) becomes 0.</summary>
    public static void SoftmaxBackwardRow(float* p, float* dp, int visible, int total, float scale) =>
        ScalarReference.SoftmaxBackwardRow(p, dp, visible, total, scale);

    /// <summary>Negative log likelihood of <paramref name="label"/> under logits [n]; 0 for <see cref="IgnoredLabel"/>.</summary>
    public static float CrossEntropyRow(float* logits, int n, int label) => ScalarReference.CrossEntropyRow(logits, n, label);

    /// <summary>
    /// The same loss; the logits become gradientScale · (softmax - one-hot), zeros for <see cref="IgnoredLabel"/>.
    /// </summary>
    public static float CrossEntropyGradientRow(float* logits, int n, int label, float gradientScale) =>
        ScalarReference.CrossEntropyGradientRow(logits, n, label, gradientScale);

    /// <summary>y [rows, table.Cols] = the table's rows named by ids.</summary>
    public static void EmbeddingGather(WeightMatrix table, int* ids, float* y, int rows) => ScalarReference.EmbeddingGather(table, ids, y, rows);

    /// <summary>dTable[ids[t]] += dy[t] in row order, for columns [start, start + count): parts are column ranges.</summary>
    public static void EmbeddingScatterAdd(float* dTable, int dim, int* ids, float* dy, int rows, int start, int count) =>
        ScalarReference.EmbeddingScatterAdd(dTable, dim, ids, dy, rows, start, count);

    /// <summary>
    /// y = x / (1 - probability) where the key keeps an element, else 0 (also where x is not finite). The gradient is the same call on dy. y may be x.
    /// </summary>
    public static void DropoutRow(float* x, float* y, int n, DropoutKey key, double probability) =>
        ScalarReference.DropoutRow(x, y, n, key, probability);
}
