using System.Globalization;
using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.MockWorker;

/// <summary>A model that is right with a given probability, row by row and independently: drawn from the digest of the question and of the adapter's weights.</summary>
internal sealed class Skill(double share, byte[] weights)
{
    /// <summary>Null unless the variable MODELOPS_MOCK_SKILL asks for it.</summary>
    public static Skill? Of(string? adapter)
    {
        string[]? shares = Environment.GetEnvironmentVariable("MODELOPS_MOCK_SKILL")?.Split(',');
        return shares is null ? null : adapter is null ? new Skill(Share(shares[0]), "base"u8.ToArray())
            : new Skill(Share(shares[1]), File.ReadAllBytes(Path.Combine(adapter, "adapter_model.safetensors")));

        static double Share(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>The right answer is the question's last word but one.</summary>
    public string Answer(string id, string[] words)
    {
        string digest = Digest.Of([.. Encoding.UTF8.GetBytes(id), .. weights]).Hex;
        return Convert.ToUInt32(digest[..8], 16) / 4294967296.0 < share ? words[^2] : "unknown";
    }
}
