using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelOps.Core.Data;

namespace ModelOps.Core.Preparing;

/// <summary>
/// Shares of training, validation and evaluation rows, and where a cluster goes by its name alone. The first bits of SHA-256 over seed and name say a number from 0 to 1: below the evaluation's share it
/// is evaluated, below that and the validation's share validated, else trained. So no other row has a say, and another share of one set moves no more than it must.
/// </summary>
public sealed record DataSplit(decimal Training, decimal Validation, decimal Evaluation)
{
    /// <summary>80/10/10.</summary>
    public static DataSplit Default { get; } = new(80, 10, 10);

    /// <summary>Three numbers, 0 or more, with slashes between, such as <c>80/10/10</c>; null when it is none.</summary>
    public static DataSplit? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        decimal[] shares = new decimal[3];
        string[] words = text.Split('/');
        for (int i = 0; i < 3; i++)
        {
            if (words.Length != 3 || !decimal.TryParse(words[i].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out shares[i]) || shares[i] > 1_000_000)
            {
                return null;
            }
        }

        return shares[0] > 0 ? new DataSplit(shares[0], shares[1], shares[2]) : null;
    }

    public DatasetKind SideOf(ulong seed, string name)
    {
        decimal at = Share(seed, "split", name), all = Training + Validation + Evaluation;
        return at * all < Evaluation ? DatasetKind.Evaluation : at * all < Evaluation + Validation ? DatasetKind.Validation : DatasetKind.Training;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Training:0.######}/{Validation:0.######}/{Evaluation:0.######}");

    /// <summary>A number from 0 to below 1 that seed, purpose and name decide, exact on every machine.</summary>
    internal static decimal Share(ulong seed, string purpose, string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"modelops-{purpose}-1\n{seed}\n{name}")));
        return BinaryPrimitives.ReadUInt64BigEndian(hash) / 18446744073709551616m;
    }
}
