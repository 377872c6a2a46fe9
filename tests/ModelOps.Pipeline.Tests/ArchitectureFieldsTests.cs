using System.Reflection;
using System.Text.RegularExpressions;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Pipeline.Tests;

/// <summary>What the engine reads of <c>config.json</c> is part of the base model's identity, or a model that computes otherwise would have the same key.</summary>
public sealed partial class ArchitectureFieldsTests
{
    private static readonly string[] s_besides =
    [
        "rope_type", "high_freq_factor", "low_freq_factor", "original_max_position_embeddings", // inside rope_scaling
        "full_attention", "sliding_attention", // values of layer_types
        "torch_dtype", // the weights say in which type they are stored
        "auto_map", // refused: it names a program
    ];

    [Fact]
    public void Every_field_that_the_engine_reads_is_in_the_key()
    {
        string[] known = (string[])typeof(BaseModelIdentity).Assembly.GetType("ModelOps.Core.Fingerprinting.BaseModelFolder")!
            .GetField("s_architecture", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        string folder = Path.Combine(SourceTree.Root, "src", "ModelOps.Engine", "Models");
        string[] read = [.. Directory.GetFiles(folder, "*Config*.cs").Where(f => !Path.GetFileName(f).Contains("Lora", StringComparison.Ordinal))
            .SelectMany(f => FieldName().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)).Distinct().Order(StringComparer.Ordinal)];

        Assert.True(read.Length > 10);
        Assert.Empty(read.Except(known).Except(s_besides));
    }

    [GeneratedRegex("\"([a-z]+(?:_[a-z]+)+)\"")]
    private static partial Regex FieldName();
}
