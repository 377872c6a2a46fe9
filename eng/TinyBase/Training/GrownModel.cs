using System.Runtime.InteropServices;
using ModelOps.Engine.Models;
using ModelOps.Engine.Safetensors;
using TinyBase.Corpus;

namespace TinyBase.Training;

/// <summary>
/// Adds a key/value head with two query heads to every layer of a trained model, with the habit of looking back built in: that what
/// followed a token earlier may follow it again (induction heads: Olsson et al., 2022, arXiv:2209.11895). A model of this size takes tens
/// of millions of tokens to find that by chance; training goes on from here and is free to change it.
/// The 33 dimensions of the residual stream that embeddings use least are cleared: one becomes a constant, 32 a scratch pad.
/// </summary>
internal sealed class GrownModel
{
    private const int ScratchSize = 32;

    private readonly LlamaConfig _config;
    private readonly Dictionary<string, Weight> _weights;
    private readonly Rng _rng;
    private readonly int[] _cleared;
    private readonly int[] _content;
    private readonly float _tokenSize;
    private readonly float _constant;

    private GrownModel(LlamaConfig config, Dictionary<string, Weight> weights, ulong seed)
    {
        _config = config;
        _weights = weights;
        _rng = new Rng(seed, stream: 5, index: 0);
        var energy = Enumerable.Range(0, config.HiddenSize).Select(d => Enumerable.Range(0, config.VocabularySize).Sum(t => (double)Square(Embedding.Row(t)[d]))).ToArray();
        _cleared = Enumerable.Range(0, config.HiddenSize).OrderBy(d => energy[d]).Take(ScratchSize + 1).ToArray();
        _content = Enumerable.Range(0, config.HiddenSize).Except(_cleared).ToArray();
        _tokenSize = (float)Math.Sqrt(_content.Sum(d => energy[d]) / config.VocabularySize);
        _constant = 0.4f * _tokenSize;
    }

    private Weight Embedding => _weights["model.embed_tokens.weight"];

    private int KeyHead => _config.KeyValueHeadCount - 1;

    private int QueryHead => _config.HeadCount - 2;

    /// <summary>What RMSNorm multiplies an average embedding with.</summary>
    private float Gain => MathF.Sqrt(_config.HiddenSize) / MathF.Sqrt(Square(_tokenSize) + Square(_constant));

    /// <summary>Writes the larger model, in f32, to <paramref name="folder"/> and loads it.</summary>
    public static LlamaModel Create(LlamaModel trained, LlamaConfig larger, ulong seed, string folder)
    {
        trained.Save(folder, StorageFormat.F32);
        string path = Path.Combine(folder, SafetensorsFolder.FileName);
        Dictionary<string, Weight> weights;
        using (var file = SafetensorsFile.Open(path))
            weights = file.Tensors.ToDictionary(t => t.Name, t => new Weight(t.Shape.ToArray(), MemoryMarshal.Cast<byte, float>(t.Bytes).ToArray()));
        new GrownModel(larger, weights, seed).Build();
        SafetensorsWriter.Write(path, weights.Select(w => SafetensorsEntry.FromFloats(w.Key, w.Value.Shape, w.Value.Values)));
        larger.Save(folder, StorageFormat.F32);
        return LlamaModel.Load(folder);
    }

    private void Build()
    {
        for (int layer = 0; layer < _config.LayerCount; layer++)
        {
            AddHeads(layer);
            ClearDimensions(layer);
        }

        for (int token = 0; token < _config.VocabularySize; token++)
        {
            foreach (int d in _cleared)
                Embedding.Row(token)[d] = 0;
            Embedding.Row(token)[_cleared[0]] = _constant;
        }

        float[][] signature = Projection(ScratchSize, layer: 0);
        LookAtPrevious(0, signature);
        LookForRepeats(1, signature);
        for (int layer = 2; layer < _config.LayerCount; layer++)
            LookForLikes(layer);
    }

    /// <summary>Room for the new heads, behind the old ones; small random numbers where nothing is built in.</summary>
    private void AddHeads(int layer)
    {
        foreach (string module in new[] { "q_proj", "k_proj", "v_proj" })
        {
            int rows = module == "q_proj" ? _config.QuerySize : _config.KeyValueSize;
            var old = _weights[Name(layer, module)];
            var grown = new Weight([rows, _config.HiddenSize], new float[rows * _config.HiddenSize]);
            old.Values.CopyTo(grown.Values, 0);
            for (int i = old.Values.Length; i < grown.Values.Length; i++)
                grown.Values[i] = 0.02f * Normal();
            _weights[Name(layer, module)] = grown;
        }

        var output = _weights[Name(layer, "o_proj")];
        var wide = new Weight([_config.HiddenSize, _config.QuerySize], new float[_config.HiddenSize * _config.QuerySize]);
        for (int d = 0; d < _config.HiddenSize; d++)
        {
            output.Row(d).CopyTo(wide.Row(d));
            for (int i = output.Width; i < wide.Width; i++)
                wide.Row(d)[i] = i < (QueryHead + 1) * _config.HeadSize ? 0 : 0.005f * Normal();
        }

        _weights[Name(layer, "o_proj")] = wide;
    }

    private void ClearDimensions(int layer)
    {
        foreach (string name in new[] { Name(layer, "q_proj"), Name(layer, "k_proj"), Name(layer, "v_proj"), Mlp(layer, "gate_proj"), Mlp(layer, "up_proj") })
            for (int row = 0; row < _weights[name].Height; row++)
                foreach (int d in _cleared)
                    _weights[name].Row(row)[d] = 0;
        foreach (int d in _cleared)
        {
            _weights[Name(layer, "o_proj")].Row(d).Clear();
            _weights[Mlp(layer, "down_proj")].Row(d).Clear();
            _weights[$"model.layers.{layer}.input_layernorm.weight"].Values[d] = 1;
        }
    }

    /// <summary>Attends to the token before and puts that token's signature on the scratch pad.</summary>
    private void LookAtPrevious(int layer, float[][] signature)
    {
        const float strength = 6;
        float constant = _constant * Gain;
        int pairs = _config.HeadSize / 2;
        ClearHead(layer);
        double angle = 1, ratio = ExactMath.Root(Recipe.FirstArchitecture.RopeTheta, pairs);
        for (int f = 0; f < 12; f++, angle /= ratio)
        {
            // Turned by one position, the key meets the query of the next token.
            var (cos, sin) = ExactMath.Turn(angle);
            Query(layer, f)[_cleared[0]] = strength / constant;
            Key(layer, f)[_cleared[0]] = strength / constant * (float)cos;
            Key(layer, f + pairs)[_cleared[0]] = strength / constant * (float)sin;
        }

        for (int i = 0; i < ScratchSize; i++)
        {
            signature[i].CopyTo(Value(layer, i));
            _weights[Name(layer, "o_proj")].Row(_cleared[i + 1])[QueryHead * _config.HeadSize + i] = _tokenSize / MathF.Sqrt(_content.Length);
        }
    }

    /// <summary>Attends to tokens whose predecessor is the present token, and raises what it finds there.</summary>
    private void LookForRepeats(int layer, float[][] signature)
    {
        const float sharpness = 2.4f;
        var before = Norm(layer - 1);
        var here = Norm(layer);
        ClearHead(layer);
        for (int i = 0; i < ScratchSize; i++)
        {
            foreach (int d in _content)
                Query(layer, SlowRow(i))[d] = sharpness * signature[i][d] * before[d] / AwayFromZero(here[d]);
            Key(layer, SlowRow(i))[_cleared[i + 1]] = sharpness;
        }

        CopyFound(layer, 1);
    }

    /// <summary>Attends to tokens like the one being thought of, and raises them.</summary>
    private void LookForLikes(int layer)
    {
        float[][] likeness = Projection(ScratchSize, layer);
        ClearHead(layer);
        for (int i = 0; i < ScratchSize; i++)
        {
            likeness[i].CopyTo(Query(layer, SlowRow(i)));
            likeness[i].CopyTo(Key(layer, SlowRow(i)));
        }

        CopyFound(layer, 0.5f);
    }

    /// <summary>Values are a projection of the token and the output is its transpose: what is attended to becomes likelier.</summary>
    private void CopyFound(int layer, float strength)
    {
        float[][] content = Projection(_config.HeadSize, layer);
        var norm = Norm(layer);
        var output = _weights[Name(layer, "o_proj")];
        for (int i = 0; i < _config.HeadSize; i++)
        {
            content[i].CopyTo(Value(layer, i));
            // Values have deviation 1 and rows a length of about 1/gain, so this writes about one embedding's length.
            foreach (int d in _content)
                output.Row(d)[QueryHead * _config.HeadSize + i] = strength * content[i][d] * norm[d] * Square(_tokenSize) * Gain / 8;
        }
    }

    /// <summary>Random readings of the token through a layer's norm: over the vocabulary each has mean 0 and deviation 1.</summary>
    private float[][] Projection(int rows, int layer)
    {
        var norm = Norm(layer);
        var mean = new double[_config.HiddenSize];
        for (int t = 0; t < _config.VocabularySize; t++)
            foreach (int d in _content)
                mean[d] += Embedding.Row(t)[d] / (double)_config.VocabularySize;
        double meanSquare = _content.Sum(d => mean[d] * mean[d]);
        return Enumerable.Range(0, rows).Select(_ =>
        {
            var row = new float[_config.HiddenSize];
            foreach (int d in _content)
                row[d] = Normal();
            double along = _content.Sum(d => row[d] * mean[d]) / meanSquare, square = 0;
            foreach (int d in _content)
                row[d] -= (float)(along * mean[d]);
            for (int t = 0; t < _config.VocabularySize; t++)
                square += Square((float)_content.Sum(d => (double)row[d] * Embedding.Row(t)[d]));
            float scale = 1 / (Gain * (float)Math.Sqrt(square / _config.VocabularySize));
            foreach (int d in _content)
                row[d] *= scale / AwayFromZero(norm[d]);
            return row;
        }).ToArray();
    }

    private void ClearHead(int layer)
    {
        for (int i = 0; i < _config.HeadSize; i++)
        {
            Query(layer, i).Clear();
            Key(layer, i).Clear();
            Value(layer, i).Clear();
        }
    }

    private Span<float> Query(int layer, int row) => _weights[Name(layer, "q_proj")].Row(QueryHead * _config.HeadSize + row);

    private Span<float> Key(int layer, int row) => _weights[Name(layer, "k_proj")].Row(KeyHead * _config.HeadSize + row);

    private Span<float> Value(int layer, int row) => _weights[Name(layer, "v_proj")].Row(KeyHead * _config.HeadSize + row);

    private float[] Norm(int layer) => _weights[$"model.layers.{layer}.input_layernorm.weight"].Values;

    private static string Name(int layer, string module) => $"model.layers.{layer}.self_attn.{module}.weight";

    private static string Mlp(int layer, string module) => $"model.layers.{layer}.mlp.{module}.weight";

    /// <summary>Rows of a head whose rotation is slow, so that content and not distance decides: the later half of the frequencies.</summary>
    private int SlowRow(int i) => i < _config.HeadSize / 4 ? _config.HeadSize / 4 + i : _config.HeadSize / 2 + i;

    /// <summary>Nearly normal: twelve uniform numbers, which need no logarithm.</summary>
    private float Normal()
    {
        long sum = 0;
        for (int i = 0; i < 12; i++)
            sum += _rng.Next(1 << 20);
        return (float)((double)sum / (1 << 20) - 6);
    }

    private static float Square(float x) => x * x;

    private static float AwayFromZero(float x) => MathF.Abs(x) < 0.1f ? 0.1f : x;

    /// <summary>A matrix in rows, or a vector as one column.</summary>
    private sealed record Weight(long[] Shape, float[] Values)
    {
        public int Height => (int)Shape[0];

        public int Width => Shape.Length > 1 ? (int)Shape[1] : 1;

        public Span<float> Row(int row) => Values.AsSpan(row * Width, Width);
    }
}
