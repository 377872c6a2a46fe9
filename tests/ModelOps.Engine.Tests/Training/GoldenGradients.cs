using ModelOps.Engine.Safetensors;
using ModelOps.Engine.Training;

namespace ModelOps.Engine.Tests.Training;

/// <summary>Gradients as PyTorch computed them, one tensor per parameter.</summary>
internal static unsafe class GoldenGradients
{
    /// <summary>Largest difference relative to the largest expected value, for each parameter.</summary>
    public static void Compare(string file, ParameterSet parameters, double tolerance)
    {
        using var golden = SafetensorsFile.Open(file);
        foreach (var parameter in parameters.All)
        {
            Assert.True(golden.TryGet(parameter.Name, out var tensor), parameter.Name);
            float* expected = (float*)tensor.Pointer;
            double error = 0, largest = 0;
            for (long i = 0; i < parameter.Length; i++)
            {
                error = Math.Max(error, Math.Abs((double)parameter.Gradient[i] - expected[i]));
                largest = Math.Max(largest, Math.Abs((double)expected[i]));
            }

            Assert.True(largest > 0 && error / largest <= tolerance, $"{parameter.Name}: {error / largest:E2}");
        }
    }
}
