namespace TinyBase.Training;

/// <summary>Functions from exactly rounded operations alone, so that no platform's mathematics library reaches the weights.</summary>
internal static class ExactMath
{
    /// <summary>The n-th root by bisection: exact operations alone, the same on every machine.</summary>
    public static double Root(double value, int n)
    {
        double low = 1, high = value;
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2, power = 1;
            for (int k = 0; k < n; k++)
                power *= middle;
            if (power < value)
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Cosine and sine of an angle up to 1 by their series.</summary>
    public static (double Cos, double Sin) Turn(double angle)
    {
        double term = 1, cos = 0, sin = 0;
        for (int k = 0; k < 24; k++)
        {
            switch (k % 4)
            {
                case 0: cos += term; break;
                case 1: sin += term; break;
                case 2: cos -= term; break;
                default: sin -= term; break;
            }

            term *= angle / (k + 1);
        }

        return (cos, sin);
    }
}
