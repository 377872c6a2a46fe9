namespace ModelOps.Conformance;

/// <summary>
/// The tiny model's forward pass in double precision, token by token as the architecture's description says, with an adapter where one is
/// given: what a worker's losses and answers are held against.
/// </summary>
internal sealed class ReferenceDecoder
{
    private const int Half = TinyFolder.HeadSize / 2, Group = TinyFolder.Heads / TinyFolder.KeyHeads;
    private readonly Dictionary<string, Tensor> _weights;
    private readonly Dictionary<string, Tensor>? _adapter;
    private readonly double _scale;

    public ReferenceDecoder(Dictionary<string, Tensor> weights, AdapterOutput? adapter = null)
    {
        _weights = weights;
        _adapter = adapter?.Tensors;
        _scale = adapter?.Scale ?? 0;
    }

    /// <summary>Log-probability of every token given those before it, [T, V]; row t is the distribution of token t + 1.</summary>
    public double[][] LogProbabilities(int[] tokens)
    {
        double[][] h = [.. tokens.Select(t => Row("model.embed_tokens.weight", t))];
        for (int layer = 0; layer < TinyFolder.Layers; layer++)
        {
            string at = $"model.layers.{layer}.";
            double[][] normed = [.. h.Select(x => Norm(x, at + "input_layernorm.weight"))];
            double[][] attended = Attention(at + "self_attn.", normed);
            h = [.. h.Select((x, t) => Add(x, Multiply(at + "self_attn.o_proj", attended[t])))];
            h = [.. h.Select(x => Add(x, Mlp(at + "mlp.", Norm(x, at + "post_attention_layernorm.weight"))))];
        }

        return [.. h.Select(x => LogSoftmax(Multiply("lm_head", Norm(x, "model.norm.weight"))))];
    }

    /// <summary>Log-probability of each scored token of a row.</summary>
    public double[] Score((int[] Tokens, bool[] Scored) row)
    {
        double[][] following = LogProbabilities(row.Tokens);
        return [.. Enumerable.Range(1, row.Tokens.Length - 1).Where(t => row.Scored[t]).Select(t => following[t - 1][row.Tokens[t]])];
    }

    private double[][] Attention(string at, double[][] normed)
    {
        double[][] query = [.. normed.Select((x, t) => Rotate(Multiply(at + "q_proj", x), t))];
        double[][] key = [.. normed.Select((x, t) => Rotate(Multiply(at + "k_proj", x), t))];
        double[][] value = [.. normed.Select(x => Multiply(at + "v_proj", x))];
        return [.. query.Select((q, t) => Enumerable.Range(0, TinyFolder.Heads).SelectMany(head => Attend(q, key, value, t, head)).ToArray())];
    }

    private static double[] Attend(double[] query, double[][] key, double[][] value, int t, int head)
    {
        int from = head * TinyFolder.HeadSize, shared = head / Group * TinyFolder.HeadSize;
        double[] weights = [.. Enumerable.Range(0, t + 1).Select(s =>
            Enumerable.Range(0, TinyFolder.HeadSize).Sum(i => query[from + i] * key[s][shared + i]) / Math.Sqrt(TinyFolder.HeadSize))];
        double largest = weights.Max(), sum = weights.Sum(w => Math.Exp(w - largest));
        return [.. Enumerable.Range(0, TinyFolder.HeadSize).Select(i => Enumerable.Range(0, t + 1).Sum(s => Math.Exp(weights[s] - largest) / sum * value[s][shared + i]))];
    }

    // Half-split: element i of a head turns with element i + half.
    private static double[] Rotate(double[] heads, int position)
    {
        var rotated = new double[heads.Length];
        for (int i = 0; i < heads.Length; i++)
        {
            int within = i % TinyFolder.HeadSize, pair = within % Half;
            double angle = position * Math.Pow(TinyFolder.RopeTheta, -2.0 * pair / TinyFolder.HeadSize);
            double other = within < Half ? -heads[i + Half] : heads[i - Half];
            rotated[i] = heads[i] * Math.Cos(angle) + other * Math.Sin(angle);
        }

        return rotated;
    }

    private double[] Mlp(string at, double[] x)
    {
        double[] gate = Multiply(at + "gate_proj", x), up = Multiply(at + "up_proj", x);
        return Multiply(at + "down_proj", [.. gate.Select((g, i) => g / (1 + Math.Exp(-g)) * up[i])]);
    }

    private double[] Multiply(string module, double[] x)
    {
        double[] y = Product(_weights[module + ".weight"], x);
        return _adapter is not null && _adapter.TryGetValue(AdapterOutput.NameA(module), out Tensor? a)
            ? Add(y, Product(_adapter[AdapterOutput.NameB(module)], [.. Product(a, x).Select(v => v * _scale)]))
            : y;
    }

    private static double[] Product(Tensor matrix, double[] x)
    {
        var y = new double[matrix.Shape[0]];
        for (int row = 0; row < y.Length; row++)
        {
            for (int i = 0; i < x.Length; i++)
            {
                y[row] += matrix.Values[row * x.Length + i] * x[i];
            }
        }

        return y;
    }

    private double[] Norm(double[] x, string weight)
    {
        double inverse = 1 / Math.Sqrt(x.Average(v => v * v) + TinyFolder.NormEpsilon);
        return [.. x.Select((v, i) => v * inverse * _weights[weight].Values[i])];
    }

    private double[] Row(string weight, int row) => _weights[weight].Values.AsSpan(row * TinyFolder.Hidden, TinyFolder.Hidden).ToArray();

    private static double[] Add(double[] a, double[] b) => [.. a.Select((v, i) => v + b[i])];

    private static double[] LogSoftmax(double[] logits)
    {
        double largest = logits.Max(), log = largest + Math.Log(logits.Sum(v => Math.Exp(v - largest)));
        return [.. logits.Select(v => v - log)];
    }
}
